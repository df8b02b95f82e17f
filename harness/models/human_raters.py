"""The raters of the dataset, scored as if they were a system, for comparison; computed from their votes."""

from __future__ import annotations

import pyarrow as pa

from harness.cards.taxonomy import most_voted
from harness.errors import HarnessError, Reason, Unscored
from harness.models.model import Conclusion, ModelOptions, TableModel
from harness.tables.predictions import predictions_table


class HumanRaters(TableModel[ModelOptions]):
    """Answers with the label that most raters chose; the scores are the shares of the votes.

    A tie is an abstention (the raters did not decide); a sample without votes has the outcome ``failed``.
    """

    def predict(self, samples: pa.Table) -> Conclusion:
        """Answer every sample by plurality.

        Raises:
            HarnessError: no sample has votes.
        """
        votes = [dict(entry or ()) for entry in samples["votes"].to_pylist()]
        labels = sorted({label for ballot in votes for label in ballot})
        if not labels:
            raise HarnessError("human_raters: this dataset has no raters' votes. Choose another model.")
        answers = [_plurality(ballot) for ballot in votes]
        return Conclusion(
            predictions_table(
                model=self.name,
                labels=labels,
                sample_id=samples["sample_id"].to_pylist(),
                outcome=[a.outcome if isinstance(a, Unscored) else "scored" for a in answers],
                reason=[a.text if isinstance(a, Unscored) else None for a in answers],
                label=[None if isinstance(a, Unscored) else a for a in answers],
                scores=[_shares(ballot, labels) for ballot in votes],
            )
        )


def _plurality(ballot: dict[str, int]) -> str | Unscored:
    winners = most_voted(ballot)
    if not winners:
        return Unscored(Reason.NO_VOTES)
    return winners[0] if len(winners) == 1 else Unscored(Reason.TIED_VOTES, " ".join(winners), abstained=True)


def _shares(ballot: dict[str, int], labels: list[str]) -> list[float] | None:
    total = sum(ballot.values())
    return [ballot.get(label, 0) / total for label in labels] if total else None
