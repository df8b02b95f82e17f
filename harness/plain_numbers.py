"""Configs and cards in which a number is a number: to Python, and to pydantic, ``true`` is 1."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ValidationInfo, field_validator


class PlainNumbers(BaseModel):
    """A model that refuses ``true`` and ``false`` where it expects numbers.

    A field that is given a `pydantic.BeforeValidator` looks after itself.
    """

    @field_validator("*", mode="before")
    @classmethod
    def _require_numbers(cls, given: object, info: ValidationInfo) -> object:
        kind = _of_numbers(cls).get(str(info.field_name))
        if kind is not None and _has_boolean(given):
            raise ValueError(f"expected {kind}, not true or false")
        return given


@cache
def _of_numbers(model: type[BaseModel]) -> Mapping[str, str]:
    """What is expected of the fields that hold numbers and nothing that is true or false."""
    of_field = {
        name: set(_types(field.annotation))
        for name, field in model.model_fields.items()
        if not any(isinstance(part, BeforeValidator) for part in field.metadata)
    }
    return {
        name: "a number" if float in types else "a whole number"
        for name, types in of_field.items()
        if types & {int, float} and not types & {bool, Any, object}
    }


def _types(annotation: Any) -> list[Any]:
    """The plain types that an annotation is made of; other models look after themselves."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _types(get_args(annotation)[0])
    if origin is Literal:
        return [type(value) for value in get_args(annotation)]
    if origin in (Union, UnionType) or origin is not None:
        return [found for part in get_args(annotation) for found in _types(part)]
    return [annotation]


def _has_boolean(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_boolean, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_boolean, value))
    return isinstance(value, bool)
