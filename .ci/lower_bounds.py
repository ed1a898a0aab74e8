"""Print the lower bounds of pyproject.toml as exact versions, one constraint a line.

Usage: python .ci/lower_bounds.py pyproject.toml
"""

import sys
import tomllib


def requirements(project):
    """Yield the requirements of the package and of its tests."""
    yield from project["project"]["dependencies"]
    yield from (item for item in project["dependency-groups"]["test"] if isinstance(item, str))


def main(path):
    with open(path, "rb") as file:
        project = tomllib.load(file)
    for requirement in requirements(project):
        print(requirement.replace(">=", "=="))


if __name__ == "__main__":
    main(sys.argv[1])
