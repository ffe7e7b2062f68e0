"""Headline results of Zou et al. (2021): recursions along torch's optimisers, and test errors on the data model."""

from __future__ import annotations

from sympy import Rational, Symbol

from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Probability, Rate, Statement

s = Symbol("s", positive=True)
"""Coordinates of the noise of one image."""
MOST = Rational(1, 2)
"""The share of networks, with starts and images of their own, of which the events are claimed at least."""
LEARNED, FAILED = Rational(1, 10), Rational(1, 3)
"""Shares of new images that a network misclassifies at most, and at least: near 0, or near 1/2 or 1."""

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "descent-run",
        MeasuredQuantity("features and noise after 40 steps of torch's SGD with weight decay", r"\hat a,\hat z"),
        MeasuredQuantity("the same by the recursions", r"a,z"),
        title="Gradient descent on images whose supports overlap follows the closed system of features and noise",
        source="derived here; our measurement",
        uses=("feature-step-own", "feature-step-other", "noise-step-own", "noise-step-other"),
    ),
    Identity(
        "sign-run",
        MeasuredQuantity("features and noise after 60 sign steps (torch's Adam, β = 0)", r"\hat a,\hat R"),
        MeasuredQuantity("the same by a⁺ = a + ηS, R⁺ = R + ηjy(‖ζ‖₁ − αS)", r"a,R"),
        title="Sign descent moves features by η and noise by η(‖ζ‖₁ − αS) a step",
        source="derived here; our measurement",
        uses=("sign-noise",),
    ),
    Identity(
        "flip-run",
        MeasuredQuantity("the step at which features turn under sign descent", r"\hat t"),
        MeasuredQuantity("(a₀ − cR₀)/(η(c(‖ζ‖₁ − α) − 1))", r"t"),
        title="Features turn at the step that the race says",
        source="derived here; our measurement, to two steps of several hundred",
        uses=("flip",),
    ),
    Bound(
        "adam-run",
        MeasuredQuantity("the longest step of torch's Adam over η, several gradients", r"\max|\Delta w|/\eta"),
        MeasuredQuantity("(1 − β₁)/√((1 − β₂)(1 − β₁²/β₂))", r"\sqrt{\kappa}"),
        title="Torch's Adam steps by more than η, and never by more than the bound",
        source="derived here; our measurement: constant, random and growing gradients",
        uses=("adam-largest",),
    ),
    Bound(
        "adam-attains",
        Rational(71, 10),
        MeasuredQuantity(
            "the longest step of torch's Adam over η, gradients that grow as (β₂/β₁)^t", r"\max|\Delta w|/\eta"
        ),
        title="which gradients that grow as (β₂/β₁)^t approach: 7.1 of 7.27",
        source="derived here; our measurement",
        uses=("adam-usual",),
    ),
    Probability(
        "descent-learns",
        "gradient descent from a random start misclassifies at most 1 in 10 of 100 new images, ‖ζ‖₂ = 1, ‖ζ‖₁ = 3",
        at_least=MOST,
        title="Gradient descent with weight decay learns the feature",
        source="abstract: provably different test errors; the numbers are ours",
        uses=("race-threshold",),
    ),
    Probability(
        "adam-fails",
        "Adam from the same start misclassifies at least 1 in 3 of the same new images, training error 0",
        at_least=MOST,
        title="Adam from the same starts with the same weight decay and training error 0 fails, after 300 steps",
        source="abstract: provably different test errors; the numbers are ours",
        uses=("flip", "both-margins"),
    ),
    Probability(
        "adam-sparse",
        "Adam misclassifies at most 1 in 10 of 100 new images, noise of length 1 in one coordinate",
        at_least=MOST,
        title="Noise of the same length in one coordinate: Adam learns the feature, so coordinates count",
        source="after the conditions on sizes; the numbers are ours",
        uses=("sign-noise", "adam-fails"),
    ),
    Probability(
        "decay-saves",
        "Adam with λ = 3·10⁻³ misclassifies at most 1 in 10 of 100 new images, ‖ζ‖₂ = 1, ‖ζ‖₁ = 3",
        at_least=MOST,
        title="Weight decay of 3·10⁻³ instead of 10⁻⁵ saves Adam: its failure asks for small λ",
        source="derived here, against a reading of the abstract without that limit",
        uses=("adam-fails",),
    ),
    Probability(
        "descent-memorises",
        "gradient descent misclassifies at least 1 in 3 of 100 new images, ‖ζ‖₂ = 3",
        at_least=MOST,
        title="Gradient descent memorises from (n/2)^(1/q) = 2.2 on, though features are cheaper up to 3.1",
        source="derived here; our measurement",
        uses=("race-threshold",),
    ),
    Rate(
        "noise-speed",
        MeasuredQuantity("what a sign step of torch adds to an active ⟨w, ξ⟩, over η", r"\Delta R/\eta"),
        s,
        Rational(1, 2),
        title="Noise of length 1 on s coordinates grows by √s·η in a sign step",
        source="derived here: ‖ζ‖₁ = √s; by ‖ζ‖₂²/n under gradient descent, whatever s is",
        against=(0, 1),
        uses=("sign-noise",),
    ),
    Bound(
        "convex-run",
        MeasuredQuantity("‖W − W′‖ of torch's SGD, Adam and sign descent, σ(t) = t", r"\|W-W'\|"),
        MeasuredQuantity("(‖∇L(W)‖ + ‖∇L(W′)‖)/λ", r"(\|\nabla L(W)\|+\|\nabla L(W')\|)/\lambda"),
        title="In the convex case all three are within that distance, which is small",
        source="published as Theorem 4.2; our measurement",
        uses=("one-minimiser", "monotone"),
    ),
    Bound(
        "convex-near",
        MeasuredQuantity("‖W − W′‖/‖W‖ of Adam and gradient descent", r"\|W-W'\|/\|W\|"),
        Rational(1, 1000),
        title="Gradient descent and Adam find one minimiser",
        source="published as Theorem 4.2; our measurement",
        uses=("convex-run",),
    ),
    Bound(
        "decoupled-run",
        Rational(1, 50),
        MeasuredQuantity("‖W − W′‖/‖W‖ of Adam with decoupled decay and gradient descent", r"\|W-W'\|/\|W\|"),
        title="but with decoupled decay Adam finds another, in the same convex case",
        source="derived here; our measurement",
        uses=("decoupled",),
    ),
)
