"""Every call by which SymPy evaluates, integrates, simplifies or solves, and what that is not SymPy checks its answer.

A new call fails this test until it stands here with what checks it.
"""

import ast
from pathlib import Path

HOME = Path(__file__).parents[1]
CALLS = {
    *("TR8", "apart", "as_set", "doit", "factor", "integrate", "limit", "nsimplify", "rewrite", "roots", "simplify"),
    *("solve", "sqrtdenest", "summation", "sympy_simplify", "together", "trigsimp", "series", "solveset", "residue"),
}
TWO_KEYS = "symbolic is one key of two: precision evaluates both sides from their definition"
SHAPES = "transposes and products of matrices: the gradient is compared with differences and autograd"
CARRIED = "checks.methods.carried holds the value against numbers from the definition"
REPLAY = "checks.proofs.replay evaluates the claim and each step of the proof in balls, as they were before it"
SAMPLES = "the expectation is integrated or sampled from its definition by another method"
KERNEL = "coqc checks the proof, and the statement is read back and evaluated"
DISPLAY = "only printed, or compared as text"
BALLS = "a guess, which balls or exact arithmetic must confirm before it is used"
NOT_SYMPY = "not SymPy's: NumPy's, or our own"

ROOTS = "each value is put into its equation at random points, in mpmath's arithmetic"
CHECKED_BY = {
    ("numerics/models/liu2019_population.py", "solve"): NOT_SYMPY,
    ("numerics/models/liu2019_population.py", "roots"): NOT_SYMPY,
    ("numerics/values/evaluate.py", "limit"): NOT_SYMPY,
    ("numerics/values/evaluate.py", "series"): NOT_SYMPY,
    ("numerics/values/linear/arrays.py", "together"): NOT_SYMPY,
    ("derivations/activations.py", "rewrite"): "tests compare every form with mpmath and with each number system",
    ("derivations/domains/__init__.py", "as_set"): "points of a domain are tested against its conditions as numbers",
    ("checks/rocq/exponents.py", "simplify"): KERNEL,
    ("checks/rocq/lines.py", "factor"): KERNEL,
    ("checks/rocq/lines.py", "together"): KERNEL,
    ("derivations/rocq/numerators.py", "rewrite"): KERNEL,
    ("derivations/rocq/scripts.py", "factor"): KERNEL,
    ("derivations/rocq/scripts.py", "together"): KERNEL,
    ("derivations/rocq/tactics.py", "together"): KERNEL,
    ("derivations/rocq/totals.py", "doit"): KERNEL,
    ("derivations/proofs/equality.py", "doit"): CARRIED,
    ("derivations/proofs/equality.py", "rewrite"): TWO_KEYS,
    ("derivations/proofs/equality.py", "sqrtdenest"): TWO_KEYS,
    ("derivations/proofs/equality.py", "sympy_simplify"): TWO_KEYS,
    ("derivations/proofs/equality.py", "together"): TWO_KEYS,
    ("checks/provers/instances/multiples.py", "together"): TWO_KEYS,
    ("checks/provers/entrywise/frobenius.py", "doit"): "replay_vectors puts random matrices into the claim as it was",
    ("checks/studies/why.py", "nsimplify"): "a round place of equality to try, which the provers must confirm",
    ("derivations/rocq/inequalities.py", "rewrite"): KERNEL,
    ("checks/provers/entrywise/units.py", "together"): "it chooses a unit: the claim in it is proved and replayed anew",
    ("derivations/spectra/lengths.py", "doit"): "tests evaluate the bounds of random networks by NumPy",
    ("checks/new/manuscript/letters.py", "doit"): "the statement that is proposed is checked like any other",
    ("derivations/proofs/equality.py", "trigsimp"): TWO_KEYS,
    ("derivations/proofs/explicit.py", "doit"): SHAPES,
    ("derivations/proofs/exponentials.py", "together"): REPLAY,
    ("derivations/extrema.py", "doit"): "precision looks for the extremum of the expression as it was written",
    ("derivations/calculus/forms.py", "doit"): SHAPES,
    ("derivations/integrals/polar.py", "TR8"): SAMPLES,
    ("derivations/integrals/polar.py", "integrate"): SAMPLES,
    ("derivations/calculus/pullback.py", "doit"): SHAPES,
    ("derivations/gaussians/numbers.py", "trigsimp"): SAMPLES,
    ("derivations/integrals/integration.py", "integrate"): SAMPLES,
    ("derivations/integrals/kinks.py", "factor"): SAMPLES,
    ("derivations/calculus/matrix_functions.py", "together"): NOT_SYMPY,
    ("derivations/proofs/ranges.py", "limit"): REPLAY,
    ("derivations/rocq/context.py", "doit"): KERNEL,
    ("derivations/rocq/goals.py", "doit"): KERNEL,
    ("derivations/rocq/inequalities.py", "doit"): KERNEL,
    ("derivations/rocq/terms.py", "doit"): KERNEL,
    ("derivations/proofs/sign_proofs.py", "factor"): REPLAY,
    ("derivations/proofs/sign_proofs.py", "together"): REPLAY,
    ("derivations/proofs/signs.py", "solve"): REPLAY,
    ("derivations/proofs/algebraic_rules.py", "together"): REPLAY,
    ("derivations/proofs/signs.py", "trigsimp"): REPLAY,
    ("checks/provers/structure/ground.py", "together"): REPLAY,
    ("checks/provers/structure/tails.py", "together"): REPLAY,
    ("checks/provers/structure/sublinear.py", "factor"): REPLAY,
    ("checks/provers/structure/sublinear.py", "simplify"): REPLAY,
    ("checks/provers/structure/limits.py", "simplify"): REPLAY,
    ("checks/provers/structure/limits.py", "doit"): "balls of the series as it is defined must overlap the closed form",
    ("derivations/integrals/smooth.py", "factor"): SAMPLES,
    ("derivations/integrals/smooth.py", "integrate"): SAMPLES,
    ("derivations/integrals/smooth.py", "rewrite"): SAMPLES,
    ("derivations/integrals/smooth.py", "simplify"): SAMPLES,
    ("derivations/integrals/smooth.py", "together"): SAMPLES,
    (
        "derivations/calculus/substitution.py",
        "doit",
    ): "properties are evaluated to many digits at the point",
    ("derivations/tex/calls.py", "doit"): "what was read is printed back, and compared as numbers with the statement",
    ("derivations/tex/calls.py", "factor"): NOT_SYMPY,
    ("derivations/tex/elaborate.py", "factor"): NOT_SYMPY,
    ("derivations/tex/shapes.py", "doit"): "what was read is printed back, and compared as numbers with the statement",
    ("derivations/vectors.py", "doit"): SHAPES,
    ("numerics/balls/enclosure.py", "nsimplify"): BALLS,
    ("numerics/balls/enclosure.py", "simplify"): DISPLAY,
    ("numerics/balls/enclosure.py", "together"): REPLAY,
    ("numerics/values/finite.py", "together"): NOT_SYMPY,
    ("numerics/infinite/series/hermite.py", "solve"): NOT_SYMPY,
    ("numerics/balls/rays.py", "simplify"): REPLAY,
    ("numerics/balls/rays.py", "together"): REPLAY,
    ("numerics/infinite/closed_recursion.py", "factor"): "tests compare the recursion with mpmath at forty digits",
    ("numerics/infinite/resolution.py", "roots"): NOT_SYMPY,
    ("numerics/values/ball_integrals/singular_ends.py", "together"): "balls of both forms are compared at a point",
    ("numerics/values/ball_integrals/series.py", "together"): "balls of both forms are compared at two indices",
    ("numerics/stability.py", "together"): NOT_SYMPY,
    ("numerics/values/ball_integrals/trapezoid.py", "factor"): NOT_SYMPY,
    ("checks/compare/values.py", "nsimplify"): "a correction that is proposed is compared again as numbers",
    (
        "checks/methods/searching/approach.py",
        "doit",
    ): "places of equality are looked at to a hundred digits from several directions",
    ("checks/proofs/entrywise.py", "together"): REPLAY,
    ("checks/proofs/attained.py", "nsimplify"): BALLS,
    ("checks/proofs/attained.py", "roots"): BALLS,
    ("checks/compare/findings/others.py", "simplify"): DISPLAY,
    ("checks/proofs/formulations.py", "doit"): SHAPES,
    ("checks/provers/algebra/quotients.py", "factor"): NOT_SYMPY,
    ("checks/provers/elimination.py", "simplify"): REPLAY,
    ("checks/provers/elimination.py", "together"): REPLAY,
    ("checks/provers/functions/tightness.py", "nsimplify"): BALLS,
    ("checks/provers/induction.py", "together"): REPLAY,
    ("checks/provers/structure/calculus.py", "together"): REPLAY,
    ("checks/provers/structure/forms.py", "together"): REPLAY,
    ("checks/provers/structure/gram.py", "doit"): REPLAY,
    ("checks/provers/structure/powers.py", "together"): REPLAY,
    ("checks/provers/structure/tails.py", "integrate"): BALLS,
    ("checks/provers/structure/totals.py", "doit"): REPLAY,
    ("checks/provers/structure/totals.py", "factor"): REPLAY,
    ("checks/provers/univariate.py", "nsimplify"): BALLS,
    ("checks/rocq/algebraic.py", "factor"): KERNEL,
    ("checks/rocq/algebraic.py", "together"): KERNEL,
    ("checks/rocq/lengths.py", "factor"): KERNEL,
    ("checks/rocq/lengths.py", "together"): KERNEL,
    ("numerics/balls/germs/taylor.py", "doit"): REPLAY,
    ("numerics/balls/jets.py", "series"): NOT_SYMPY,
    ("checks/provers/conditions.py", "factor"): REPLAY,
    ("checks/provers/conditions.py", "together"): REPLAY,
    ("checks/provers/statements.py", "rewrite"): REPLAY,
    ("checks/provers/sums/programs.py", "solve"): NOT_SYMPY,
    ("checks/provers/sums/rounding.py", "solve"): NOT_SYMPY,
    ("checks/provers/sums/search.py", "solve"): NOT_SYMPY,
    ("checks/studies/implied.py", "factor"): "lint names what a person then reads: nothing is proved by it",
    ("checks/provers/algebra/polynomial.py", "factor"): NOT_SYMPY,
    ("checks/methods/equations.py", "doit"): "the point is one of the other claim, at which a violation was seen",
    ("checks/methods/searching/surfaces.py", "together"): ROOTS,
    ("checks/methods/searching/surfaces.py", "apart"): "not SymPy's, but whether a factor stays apart from 0",
    ("checks/methods/enclosure.py", "doit"): "precision looks for the extremum of the expression as it was written",
    ("checks/methods/enclosure.py", "together"): "the denominator's sign is enclosed over the whole interval",
    ("checks/methods/sampling.py", "doit"): CARRIED,
    ("checks/studies/mutation.py", "doit"): "a mutant's verdict is that of all methods",
    ("checks/lock/constant.py", "apart"): NOT_SYMPY,
    ("checks/rocq/certificates.py", "doit"): KERNEL,
    ("numerics/rigorous/features.py", "together"): "tests compare the values with SymPy's own at rational points",
    ("numerics/models/kawaguchi2019.py", "solve"): NOT_SYMPY,
}


def calls():
    """The (file, name) of every such call outside of the papers."""
    found = set()
    for floor in ("derivations", "numerics", "checks"):
        for path in (HOME / floor).rglob("*.py"):
            if "papers" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    if name in CALLS:
                        found.add((path.relative_to(HOME).as_posix(), name))
    return found


def test_every_call_is_listed_with_what_checks_it():
    assert calls() - CHECKED_BY.keys() == set(), "say in CHECKED_BY what that is not SymPy checks these"


def test_no_call_is_listed_that_is_not_made():
    assert CHECKED_BY.keys() - calls() == set()
