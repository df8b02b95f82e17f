/** Draws what was rated and what was answered over a clip, with the sample that is read marked in it. */

import { el, number, quantity, svg } from "./elements.js";

const WIDTH = 800;
const HEIGHT = 130;

/** The elements of the courses of one answer; nothing of a sample that is no part of a clip. */
export function courses(answer) {
  return answer.courses.map((course) => {
    const known = [...course.label, ...course.answer].filter((value) => value !== null);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const [first, last] = [course.middle[0], course.middle.at(-1)];
    const x = (index) => (6 + ((WIDTH - 12) * (course.middle[index] - first)) / (last - first || 1)).toFixed(1);
    const y = (value) => (HEIGHT - 6 - ((value - low) / (high - low || 1)) * (HEIGHT - 12)).toFixed(1);
    const here = x(course.here);
    const concordance = course.ccc === null ? "" : `; CCC within the clip ${number(course.ccc)}`;
    const caption = `${course.name} of ${quantity(course.middle.length, "sample")} of the clip, ${number(low)} to ${number(high)}, ${number(first, 1)} s to ${number(last, 1)} s${concordance}`;
    const drawing = svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "plot-of", role: "img", "aria-label": caption },
      svg("line", { class: "here", x1: here, x2: here, y1: 0, y2: HEIGHT }),
      svg("path", { class: "rated", d: path(course.label, x, y) }),
      svg("path", { class: "wave answered", d: path(course.answer, x, y) }),
    );
    const lines = [el("span", { class: "as-rated" }, "rated"), " ", el("span", { class: "as-answered" }, "answered")];
    return el("figure", { class: "course" }, el("figcaption", {}, caption, " ", ...lines), drawing);
  });
}

/** A line that leaves a gap where nothing is known; a lone value is a dot. */
function path(values, x, y) {
  let text = "";
  values.forEach((value, index) => {
    if (value !== null) {
      const isOpen = index > 0 && values[index - 1] !== null;
      text += isOpen ? `L${x(index)} ${y(value)}` : `M${x(index)} ${y(value)}h0.1`;
    }
  });
  return text;
}
