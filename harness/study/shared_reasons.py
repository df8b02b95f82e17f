"""Reasons that a user's table gives for samples without a score, of which results and report name the codes."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.group import OTHER
from harness.attributes.shared_answers import public_codes
from harness.errors import Reason, reason_code
from harness.tables.samples import with_subjects


def with_shared_reasons(predictions: pa.Table, samples: pa.Table) -> pa.Table:
    """The predictions, in which a code that only one person's samples have is ``other``, and the code its detail.

    Codes become names of metrics, which leave the machine with the results; a code of one person would tell who it
    is. Details stay on the machine.

    Args:
        predictions: of one model.
        samples: that they answer.
    """
    place = predictions.schema.get_field_index("reason")
    texts = predictions["reason"].combine_chunks()
    given = texts.dictionary_encode()
    code_of = {text: reason_code(text) for text in given.dictionary.to_pylist()}
    if set(code_of.values()) <= {str(reason) for reason in Reason}:
        return predictions
    named = predictions.select(["sample_id", "reason"]).filter(texts.is_valid())
    position = pc.index_in(named["sample_id"], samples["sample_id"])
    people = with_subjects(samples.select(["sample_id", "subject_id"]))["subject_id"].take(position)
    who = pa.table({"reason": named["reason"], "person": people}).group_by(["reason", "person"]).aggregate([])
    codes = [code_of[text] for text in who["reason"].to_pylist()]
    public = public_codes(codes, who["person"].to_pylist())
    shown = [text if code in public else f"{OTHER}: {text}" for text, code in code_of.items()]
    reasons = pa.DictionaryArray.from_arrays(given.indices, pa.array(shown, pa.string())).dictionary_decode()
    return predictions.set_column(place, predictions.schema.field(place), reasons)
