from derivations.paper import Paper
from derivations.papers.du2018 import constants
PAPER = Paper("du2018", statements=(*constants.STATEMENTS,))
