"""`python -m checks`: the command `lemmata`."""

from checks.cli import main

if __name__ == "__main__":
    main()
