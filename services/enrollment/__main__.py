"""Start enrollment: `python -m services.enrollment [api|relay|reader|sweep|imports|migrate|all]`."""

import argparse
import sys

from services.enrollment.app import PARTS, main

parser = argparse.ArgumentParser(prog="python -m services.enrollment", description=__doc__)
parser.add_argument("part", nargs="?", default="all", choices=[*PARTS, "migrate", "all"])

if __name__ == "__main__":
    sys.exit(main(parser.parse_args().part))
