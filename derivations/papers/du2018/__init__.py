from derivations.paper import Paper
from derivations.papers.du2018 import constants, gradients, gram, duals, kernels
PAPER = Paper("du2018", statements=(*constants.STATEMENTS,*gradients.STATEMENTS,*gram.STATEMENTS, *duals.STATEMENTS, *kernels.STATEMENTS))
