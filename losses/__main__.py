"""`python -m losses` is `losses`."""

from losses.cli.main import main

if __name__ == "__main__":
    main()
