"""Pages as Markdown."""

from __future__ import annotations

from site_hooks_loaded import markdown_twins


def test_text_code_tables_and_captions_stay_and_drawings_go() -> None:
    html = (
        '<h1>Title<a class="headerlink" href="#t">¶</a></h1><pre><code>a = 1\n</code></pre>'
        "<table><thead><tr><th>x</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
        "<figure><svg><text>0.5</text></svg><figcaption>What is drawn.</figcaption></figure>"
    )
    text = markdown_twins.as_markdown(html)
    assert text.startswith("# Title\n")
    assert "```\na = 1\n```" in text
    assert "| x |" in text
    assert "What is drawn." in text
    assert "0.5" not in text
    assert "¶" not in text


def test_links_lead_to_twins_and_those_elsewhere_stay() -> None:
    text = markdown_twins.as_markdown('<a href="../a.html#b">a</a> <a href="https://example.org/c.html">c</a>')
    assert text == "[a](../a.md#b) [c](https://example.org/c.html)\n"
