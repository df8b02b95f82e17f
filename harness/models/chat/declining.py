"""How language models say in words that they will not answer, and that they cannot tell.

Looked for only in answers that state no label. Phrases of some languages; what is said in others is unreadable.
"""

from __future__ import annotations

import re

_TASK = (
    r"(?:\w+ )?(?:help|assist|do (?:that|this)|comply|fulfil|provide|answer|respond|identify|analy[sz]e|infer"
    r"|classify|judge|assess|evaluate|describe|engage|process|discuss|offer)"
)
_REFUSAL = re.compile(
    r"\b(?:(?:i'?m|i am) sorry(?! (?:to (?:see|hear)|for (?:her|him|them|you)|that (?:he|she|they)\b))"
    r"|(?:sorry|apologies), (?:but )?i|i (?:must |do )?apologi[sz]e|my apologies|as an ai"
    r"|as a (?:large )?language model"
    rf"|i (?:cannot|can not|can'?t|am unable to|am not able to|will not|won'?t|am not going to) {_TASK}"
    rf"|i'?m (?:unable|not able) to {_TASK}|i (?:must |have to )?decline"
    r"|against my (?:guidelines|polic(?:y|ies))|violates? (?:\w+ )?polic(?:y|ies)"
    r"|tut mir leid|entschuldigung|ich darf (?:\w+ ){0,6}nicht"
    r"|ich kann (?:\w+ ){0,6}nicht (?:helfen|beantworten|bewerten|analysieren)"
    r"|désolée?|je ne peux pas(?! (?:dire|déterminer))|lo siento|no puedo(?! (?:decir|determinar))"
    r"|mi dispiace|non posso(?! (?:dire|determinare))"
    r"|desculpe|sinto muito|não posso(?! (?:dizer|determinar))|извините|к сожалению, я не могу)\b"
    r"|抱歉|对不起|無法協助|无法协助|ごめん|申し訳|お答えできません|죄송",
    re.IGNORECASE,
)

_UNSURE = re.compile(
    r"\b(?:cannot|can not|can'?t|could ?n[o']t|unable to|not able to|not possible to|impossible to"
    r"|(?:too )?(?:hard|difficult) to) (?:\w+ )?(?:tell|say|determine|discern|make out|see|hear|recogni[sz]e)\b"
    r"|\b(?:not (?:clear|sure|certain|enough information|visible|audible)|unclear|uncertain|unknown"
    r"|undetermined|indeterminate|insufficient information)\b"
    r"|\b(?:nicht (?:sagen|erkennen|erkennbar|beurteilen|bestimmen)|impossible à (?:dire|déterminer)"
    r"|pas (?:dire|déterminer)|no (?:puedo|se puede|es posible) (?:decir|determinar)"
    r"|non (?:posso|si può) (?:dire|determinare)|não (?:posso|é possível) (?:dizer|determinar))\b"
    r"|无法(?:判断|确定)|無法(?:判斷|確定)|わかりません|分かりません|判断できません|알 수 없",
    re.IGNORECASE,
)


def refuses(text: str) -> bool:
    """Whether a text apologises or declines to do what was asked.

    Args:
        text: without differences of Unicode, see `harness.models.chat.label_words.written_alike`.
    """
    return _REFUSAL.search(text) is not None


def is_unsure(text: str) -> bool:
    """Whether a text says that the emotion cannot be told; for one that `refuses` does not."""
    return _UNSURE.search(text) is not None
