"""Headline results of Sarussi et al. (2021): updates beside their bounds, the wedge, regions, digits and teachers."""

from __future__ import annotations

from sympy import Rational, Symbol

from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Probability, Rate, Statement

m = Symbol("m", positive=True)
"""1/a, one over the slope."""
SCALES = {"1e-4": 1e-4, "0.3": 0.3, "3": 3.0}
"""Standard deviations of the weights at the start."""

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "gradient-length",
        MeasuredQuantity("‖∇N‖², by autograd", r"\|\nabla N\|^2"),
        MeasuredQuantity("2kv²‖x‖²((1 + a)s − a), s the mean slope", r"2kv^2\|x\|^2((1+a)\bar a-a)"),
        title="‖∇N‖² is a linear function of the mean slope",
        source="derived here; our measurement",
        uses=("squared-slope", "gradient-unit"),
    ),
    Bound(
        "updates-run",
        MeasuredQuantity("updates until no mistake is left", r"M"),
        MeasuredQuantity("(1 + a)²/(4a)·R²/γ²", r"\frac{(1+a)^2}{4a}\frac{R^2}{\gamma^2}"),
        title="Perceptron updates of torch networks of many widths, slopes and steps stay below the bound",
        source="our measurement",
        uses=("perceptron",),
    ),
    Rate(
        "updates-order",
        MeasuredQuantity("updates on three points, cyclic order", r"M"),
        m,
        1,
        title="On three points of R² the number of updates grows as m = 1/a: the bound has the right order",
        source="derived here; at a = 1 it is 2, at 1/1000 it is 251",
        against=(0, 2),
        uses=("perceptron",),
    ),
    Bound(
        "sgd-run",
        MeasuredQuantity("steps until a visited point has loss below ln 2", r"t"),
        MeasuredQuantity("B(C/g)/(γ²g), g = 1/2", r"B(C/g)/(\gamma^2g)"),
        title="Single-point steps on the logistic loss, the worst point each time: a visited one is correct in time",
        source="our measurement",
        uses=("time-short-steps", "time-long-steps"),
    ),
    Bound(
        "gd-run",
        MeasuredQuantity("steps until the mean loss is below ln 2/n", r"t"),
        MeasuredQuantity("B(C/g)/(γ²g), g = 1/(2n)", r"B(C/g)/(\gamma^2g)"),
        title="Gradient descent on all points: zero training error within the same bound with g = (1 − e^(−nε))/n",
        source="our measurement",
        uses=("time-short-steps", "time-long-steps", "least-mean"),
    ),
    Bound(
        "wedge-run",
        MeasuredQuantity("|⟨m, x⟩| where network and linear rule differ", r"|\langle\bar w-\bar u,x\rangle|"),
        MeasuredQuantity("(1 − a)/(1 + a)·r‖x‖", r"\frac{1-a}{1+a}r\|x\|"),
        title="Trained networks differ from their linear rule inside of the wedge alone",
        source="our measurement, at start scales 0.3 and 3",
        uses=("cluster-wedge",),
    ),
    Identity(
        "frozen-run",
        MeasuredQuantity("distances ‖w_i − w_j‖ after 300 steps in agreement", r"\|w_i-w_j\|_{300}"),
        MeasuredQuantity("the same at the start", r"\|w_i-w_j\|_0"),
        title="In neural agreement all units of a cluster move alike: their distances, and r, are frozen",
        source="derived here; our measurement",
    ),
    Probability(
        "one-step-run",
        "one GD step from small weights leads to perfect agreement, random points with aP_k > M_k",
        at_least=Rational(19, 20),
        title="One step of gradient descent from small weights reaches perfect agreement where aP_k > M_k",
        source="our measurement",
        uses=("one-step",),
    ),
    Bound(
        "leaves-agreement",
        MeasuredQuantity(
            "the least y⟨w_i, x⟩ after perfect agreement was entered, three points", r"\min y\langle w,x\rangle"
        ),
        0,
        title="Perfect agreement is not absorbing for all separable points: three of R² enter it and leave it",
        source="derived here, against the reading that it is",
        uses=("agreement-grows",),
    ),
    Bound(
        "direction-run",
        MeasuredQuantity("angle of m with the formula after gradient descent, radians", r"\angle"),
        Rational(1, 200),
        title="One point per class: descent with steps of 1/loss turns to B(B − τAc)z₁ + A(A − τBc)z₂",
        source="our measurement",
        uses=("dual",),
    ),
    Bound(
        "direction-far",
        Rational(18, 100),
        MeasuredQuantity("angle of m with the maximum-margin direction, radians", r"\angle"),
        title="and stays away from the maximum-margin direction by more than 10.3°",
        source="our measurement",
        uses=("angle", "not-maximum-margin"),
    ),
    Bound(
        "digits-never-agree",
        1,
        MeasuredQuantity("the largest M_k/P_k of pairs of digits", r"\max_k M_k/P_k"),
        title="On pairs of digits no slope a ≤ 1 has aP_k > M_k for all points: one step leads to agreement nowhere",
        source="our measurement: a condition of the theory that images do not meet",
        uses=("one-step",),
    ),
    Probability(
        "digits-boundary",
        "the networks of a run agree with their linear rules on a test point, pairs of digits, start 0.3",
        at_least=Rational(9, 10),
        title="Digits 0 and 1, 3 and 8, 0 and 6: the boundary is nearly linear on test points",
        source="abstract: approximately linear; the numbers are ours",
        uses=("cluster-wedge",),
    ),
    Probability(
        "teacher-boundary",
        "the network of a run agrees with its linear rule on a test point, digits with a random teacher",
        at_least=Rational(9, 10),
        title="A random linear teacher on all digits: the same",
        source="abstract: linear teachers; the numbers are ours",
        uses=("cluster-wedge",),
    ),
    Bound(
        "start-scale",
        MeasuredQuantity("sine of the wedge from a start of 10⁻⁴, each of eight runs", r"\kappa_{10^{-4}}"),
        MeasuredQuantity("half of that from a start of 3", r"\kappa_3/2"),
        title="Small starts make narrow clusters: the wedge is less than half as wide",
        source="abstract: a condition on the optimisation leads to clustering; the numbers are ours",
        uses=("digits-boundary",),
    ),
    Bound(
        "start-floor",
        MeasuredQuantity("a tenth of the sine from a start of 10⁻⁴, each of eight runs", r"\kappa_{10^{-4}}/10"),
        MeasuredQuantity("sine from a start of 10⁻⁶", r"\kappa_{10^{-6}}"),
        title="but not in proportion: a start of 10⁻⁶ leaves more than a tenth of the wedge of 10⁻⁴",
        source="derived here: increments differ by a share of (1 − a)ηv whatever the start is; our measurement",
        uses=("start-scale",),
    ),
)
