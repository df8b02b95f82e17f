/** What the theme's own script makes is reached by keys as well, and is no landmark without a name. */
const mend = () => {
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code")) {
    if (box.scrollWidth > box.clientWidth && box.tabIndex !== 0) {
      box.tabIndex = 0;
    }
  }
  for (const buttons of document.querySelectorAll("nav.md-code__nav:not([role])")) {
    buttons.setAttribute("role", "none");
  }
};
new MutationObserver(mend).observe(document.body, {
  attributes: true,
  attributeFilter: ["tabindex"],
  childList: true,
  subtree: true,
});
addEventListener("resize", mend);
mend();
