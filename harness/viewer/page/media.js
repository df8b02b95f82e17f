/** Draws the parts of a medium: pictures with boxes, sound with its spectrogram, curves with beats and gaps. */

import { at, el, number, svg } from "./elements.js";

const WIDTH = 800;
const HEIGHT = 110;

/** The elements of a medium as the server describes it. */
export function drawn(medium, name) {
  const parts = medium.parts.map((part) => DRAW[part.kind](part, name));
  const pictures = parts.filter((part) => part.classList.contains("picture"));
  const others = parts.filter((part) => !part.classList.contains("picture"));
  const frames = pictures.length > 1 ? [el("div", { class: "frames" }, ...pictures)] : pictures;
  return [
    medium.absent ? el("p", { class: "absent" }, medium.absent) : null,
    medium.remark ? el("p", { class: "notice" }, medium.remark) : null,
    ...frames,
    ...others,
  ];
}

function picture(part, name) {
  const image = el("img", { src: part.data, alt: `${part.name} of ${name}`, class: part.width < 200 ? "face small" : "face" });
  // However large it is shown, as much of it is blurred away.
  image.addEventListener("load", () => image.style.setProperty("--blur", `${image.clientWidth / 9}px`));
  const box = el("div", { class: "frame" }, image);
  if (part.box) {
    const [x, y, width, height] = part.box;
    const [left, top, side] = part.crop;
    const turn = `rotate(${part.tilt_deg} ${left + side / 2} ${top + side / 2})`;
    box.append(
      svg(
        "svg",
        { viewBox: `0 0 ${part.width} ${part.height}`, "aria-hidden": "true", class: "boxes" },
        svg("rect", { class: "crop", x: left, y: top, width: side, height: side, transform: turn }),
        svg("rect", { class: "box-of-face", x, y, width, height }),
      ),
    );
  }
  const size = `${part.width} × ${part.height} pixels`;
  const caption = [`${part.name[0].toUpperCase()}${part.name.slice(1)}, ${size}`, part.remark].filter(Boolean).join(". ");
  return el("figure", { class: "picture" }, box, el("figcaption", {}, caption));
}

function sound(part) {
  const audio = el("audio", { controls: true, src: part.data, id: "audio", "aria-label": "the sound" });
  const cursor = el("div", { class: "cursor", "aria-hidden": "true" });
  const peak = Math.max(...[...part.high, ...part.low].map((value) => Math.abs(value ?? 0)), 1e-6);
  const wave = plot(part, [-peak, peak]);
  const picture = el("img", { src: part.spectrogram, class: "spectrogram", alt: "spectrogram: frequency upwards, time to the right, louder is darker" });
  const stack = el("div", { class: "stack-of-sound", onclick: (event) => seek(audio, stack, event) }, wave, picture, cursor);
  const move = () => {
    cursor.style.left = `${(100 * audio.currentTime) / Math.max(part.duration_s, 1e-9)}%`;
    if (!audio.paused) {
      requestAnimationFrame(move);
    }
  };
  audio.addEventListener("play", move);
  audio.addEventListener("timeupdate", move);
  audio.addEventListener("seeked", move);
  const left = part.left_out_s > 0 ? ` The rest, ${number(part.left_out_s, 0)} s, is not shown.` : "";
  const caption = `${number(part.duration_s)} s at ${part.sample_rate / 1000} kHz, peak ${number(peak)} of full scale; spectrogram up to ${part.max_hz / 1000} kHz.${left}`;
  return el("figure", { class: "sound" }, stack, audio, el("figcaption", {}, caption));
}

function seek(audio, stack, event) {
  const { left, width } = stack.getBoundingClientRect();
  if (Number.isFinite(audio.duration)) {
    audio.currentTime = (audio.duration * (event.clientX - left)) / width;
  }
}

function curve(part) {
  const known = [...part.low, ...part.high].filter((value) => value !== null);
  const [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 0];
  return recorded(part, plot(part, [low, high]), low, high);
}

function recorded(part, drawing, low, high) {
  const across = (value) => (WIDTH * value) / Math.max(part.duration_s, 1e-9);
  for (const [start, end] of part.gaps) {
    drawing.prepend(svg("rect", { class: "gap", x: across(start), y: 0, width: Math.max(1, across(end) - across(start)), height: HEIGHT }));
  }
  for (const beat of part.beats) {
    drawing.append(svg("line", { class: "beat", x1: across(beat), x2: across(beat), y1: 0, y2: 9 }));
  }
  const unit = part.unit ? ` ${part.unit}` : "";
  const told = [
    `${part.name}: ${number(low)} to ${number(high)}${unit}, ${number(part.duration_s, 0)} s`,
    part.gaps.length ? `${part.gaps.length} gap${part.gaps.length > 1 ? "s" : ""}, shaded` : null,
    part.beats.length ? `${part.beats.length} heartbeats, as ticks` : null,
  ];
  const caption = told.filter(Boolean).join("; ");
  drawing.removeAttribute("aria-hidden");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", caption);
  return el("figure", { class: "curve-of" }, el("figcaption", {}, caption), drawing);
}

/** The range of the values at every step; a step without values leaves a gap. */
function plot(curve_, [low, high]) {
  const span = high - low || 1;
  const num = curve_.low.length;
  const x = (index) => ((WIDTH * (index + 0.5)) / num).toFixed(1);
  const y = (value) => (HEIGHT - 4 - ((value - low) / span) * (HEIGHT - 8)).toFixed(1);
  const path = [];
  let isOpen = false;
  for (let index = 0; index < num; index += 1) {
    if (curve_.low[index] === null) {
      isOpen = false;
      continue;
    }
    path.push(`${isOpen ? "L" : "M"}${x(index)} ${y(curve_.high[index])}L${x(index)} ${y(curve_.low[index])}`);
    isOpen = true;
  }
  const attributes = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "plot-of", "aria-hidden": "true" };
  return svg("svg", attributes, svg("path", { class: "wave", d: path.join("") }));
}

const DRAW = { picture, sound, curve, remark: (part) => el("p", { class: "soft" }, part.text) };

/** Play the sound of the sample that is shown, or pause it. */
export function playOrPause() {
  const audio = at("audio");
  if (audio) {
    audio.paused ? audio.play() : audio.pause();
  }
}
