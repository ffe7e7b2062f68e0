"""The convergence theorem for ReLU: from random weights to width, step size and a number of steps without depth."""
