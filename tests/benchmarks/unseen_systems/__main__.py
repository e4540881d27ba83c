"""`.venv-bench/bin/python -m tests.benchmarks.unseen_systems [--json] [--suite S] [--why]`.

Needs `make bench-setup`.
"""

import argparse
import json
from typing import Any

from tests.benchmarks.unseen_systems.replay import SUITES, attacks, loaded, user_tasks


def main() -> None:
    """Print, for each suite, what is solved without a person, and which attacks reach their goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--suite", choices=SUITES, action="append")
    parser.add_argument(
        "--why", action="store_true", help="print every call that was held in a person's own task"
    )
    options = parser.parse_args()
    rows = []
    for suite, registration in loaded(options.suite or SUITES):
        own = list(user_tasks(suite, registration))
        against = list(attacks(suite, registration))
        rows.append(
            {
                "suite": suite.name,
                "tasks": len(own),
                "without_a_person": sum(not each.held for each in own),
                "questions_per_task": round(sum(len(each.held) for each in own) / len(own), 2),
                "attacks": len(against),
                "reached": sum(each.attacked for each in against),
                "reached_by": sorted({str(each.injection_task) for each in against if each.attacked}),
            }
        )
        if options.why:
            for each in own:
                for reason in each.held:
                    print(f"{suite.name} {each.user_task}: {reason}")
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        _table(rows)


def _table(rows: list[dict[str, Any]]) -> None:
    print(
        f"{'suite':<12}{'tasks':>6}{'without a person':>18}{'questions/task':>16}{'attacks':>9}{'reached':>9}"
    )
    for row in rows:
        print(
            f"{row['suite']:<12}{row['tasks']:>6}{row['without_a_person']:>18}{row['questions_per_task']:>16}"
            f"{row['attacks']:>9}{row['reached']:>9}  {', '.join(row['reached_by'])}"
        )


if __name__ == "__main__":
    main()
