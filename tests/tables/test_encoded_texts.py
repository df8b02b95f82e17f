from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.encoded_texts import cast_but_encoded, is_encoded, is_text, of_texts, plain, plain_table

TEXTS = pa.array(["b", None, "a", "b", "b"])
ENCODED = pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 1, 1], pa.int32()), ["a", "b", "of no row"])


def test_a_function_of_texts_is_computed_once_for_each_distinct_one() -> None:
    seen: list[list[str]] = []

    def lengths(texts: pa.Array) -> pa.Array:
        seen.append(texts.to_pylist())
        return pc.binary_length(texts)

    assert of_texts(ENCODED, lengths).to_pylist() == of_texts(TEXTS, lengths).to_pylist() == [1, None, 1, 1, 1]
    assert seen == [["a", "b", "of no row"], ["b", None, "a", "b", "b"]]
    assert of_texts(pa.chunked_array([ENCODED, ENCODED.slice(2)]), lengths).to_pylist() == [1, None, *[1] * 6]


def test_dictionaries_and_rows_are_told_apart_and_hold_the_same_texts() -> None:
    assert plain(ENCODED).equals(TEXTS)
    assert plain(pa.chunked_array([TEXTS])).equals(TEXTS)
    assert [is_encoded(kind) for kind in (ENCODED.type, TEXTS.type, pa.int64())] == [True, False, False]
    assert [is_text(kind) for kind in (ENCODED.type, TEXTS.type, pa.int64())] == [True, True, False]
    assert not is_text(pa.dictionary(pa.int32(), pa.int64()))


def test_types_are_changed_but_for_dictionaries() -> None:
    table = pa.table({"label": ENCODED, "reason": TEXTS, "valence": pa.array([1, 2, 3, 4, 5])})
    schema = pa.schema({"label": pa.string(), "reason": pa.string(), "valence": pa.float64()})
    cast = cast_but_encoded(table, schema)
    assert cast.schema.types == [ENCODED.type, pa.string(), pa.float64()]
    assert plain_table(cast).equals(pa.table({"label": TEXTS, "reason": TEXTS, "valence": [1.0, 2, 3, 4, 5]}))
