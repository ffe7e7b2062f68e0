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
CARRIED = "checks.carried holds the value against numbers from the definition"
REPLAY = "checks.replay evaluates the claim and each step of the proof in balls, as they were before it"
SAMPLES = "the expectation is integrated or sampled from its definition by another method"
KERNEL = "coqc checks the proof, and the statement is read back and evaluated"
DISPLAY = "only printed, or compared as text"
BALLS = "a guess, which balls or exact arithmetic must confirm before it is used"
NOT_SYMPY = "not SymPy's: NumPy's, or our own"

CHECKED_BY = {
    ("derivations/activations.py", "rewrite"): "tests compare every form with mpmath and with each number system",
    ("derivations/domains.py", "as_set"): "points of a domain are tested against its conditions as numbers",
    ("derivations/equality.py", "doit"): CARRIED,
    ("derivations/equality.py", "rewrite"): TWO_KEYS,
    ("derivations/equality.py", "sqrtdenest"): TWO_KEYS,
    ("derivations/equality.py", "sympy_simplify"): TWO_KEYS,
    ("derivations/equality.py", "together"): TWO_KEYS,
    ("derivations/equality.py", "trigsimp"): TWO_KEYS,
    ("derivations/explicit.py", "doit"): SHAPES,
    ("derivations/exponentials.py", "together"): REPLAY,
    ("derivations/extrema.py", "doit"): "precision looks for the extremum of the expression as it was written",
    ("derivations/forms.py", "doit"): SHAPES,
    ("derivations/polar.py", "TR8"): SAMPLES,
    ("derivations/polar.py", "integrate"): SAMPLES,
    ("derivations/pullback.py", "doit"): SHAPES,
    ("derivations/gaussian_numbers.py", "trigsimp"): SAMPLES,
    ("derivations/integration.py", "integrate"): SAMPLES,
    ("derivations/kinks.py", "factor"): SAMPLES,
    ("derivations/matrix_functions.py", "together"): NOT_SYMPY,
    ("derivations/ranges.py", "limit"): REPLAY,
    ("derivations/rocq/context.py", "doit"): KERNEL,
    ("derivations/rocq/goals.py", "doit"): KERNEL,
    ("derivations/rocq/inequalities.py", "doit"): KERNEL,
    ("derivations/rocq/terms.py", "doit"): KERNEL,
    ("derivations/signs.py", "factor"): REPLAY,
    ("derivations/signs.py", "solve"): REPLAY,
    ("derivations/signs.py", "together"): REPLAY,
    ("derivations/signs.py", "trigsimp"): REPLAY,
    ("derivations/smooth.py", "factor"): SAMPLES,
    ("derivations/smooth.py", "integrate"): SAMPLES,
    ("derivations/smooth.py", "rewrite"): SAMPLES,
    ("derivations/smooth.py", "simplify"): SAMPLES,
    ("derivations/smooth.py", "together"): SAMPLES,
    ("derivations/statements.py", "doit"): "the conditions of an existence are evaluated to many digits at its point",
    ("derivations/tex/calls.py", "doit"): "what was read is printed back, and compared as numbers with the statement",
    ("derivations/tex/calls.py", "factor"): NOT_SYMPY,
    ("derivations/tex/elaborate.py", "factor"): NOT_SYMPY,
    ("derivations/tex/shapes.py", "doit"): "what was read is printed back, and compared as numbers with the statement",
    ("derivations/vectors.py", "doit"): SHAPES,
    ("numerics/enclosure.py", "nsimplify"): BALLS,
    ("numerics/enclosure.py", "simplify"): DISPLAY,
    ("numerics/enclosure.py", "together"): REPLAY,
    ("numerics/finite.py", "together"): NOT_SYMPY,
    ("numerics/hermite.py", "solve"): NOT_SYMPY,
    ("numerics/rays.py", "simplify"): REPLAY,
    ("numerics/rays.py", "together"): REPLAY,
    ("numerics/resolution.py", "roots"): NOT_SYMPY,
    ("numerics/ball_series.py", "together"): "balls of both forms are compared at two indices",
    ("numerics/singular_ends.py", "together"): "balls of both forms are compared at a point",
    ("numerics/stability.py", "together"): NOT_SYMPY,
    ("numerics/training.py", "together"): NOT_SYMPY,
    ("numerics/trapezoid.py", "factor"): NOT_SYMPY,
    ("checks/agreement.py", "nsimplify"): "a correction that is proposed is compared again as numbers",
    ("checks/approach.py", "doit"): "places of equality are evaluated to a hundred digits from several directions",
    ("checks/entrywise.py", "together"): REPLAY,
    ("checks/extrema.py", "nsimplify"): BALLS,
    ("checks/extrema.py", "roots"): BALLS,
    ("checks/findings/others.py", "simplify"): DISPLAY,
    ("checks/inequalities.py", "doit"): SHAPES,
    ("checks/methods/enclosure.py", "doit"): "precision looks for the extremum of the expression as it was written",
    ("checks/methods/enclosure.py", "together"): "the denominator's sign is enclosed over the whole interval",
    ("checks/methods/sampling.py", "doit"): CARRIED,
    ("checks/mutation.py", "doit"): "a mutant's verdict is that of all methods",
    ("checks/quantities.py", "apart"): NOT_SYMPY,
    ("checks/rocq/certificates.py", "doit"): KERNEL,
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
