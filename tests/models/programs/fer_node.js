// The FER network in JavaScript alone, for a foreign runtime: node fer_node.js fer.json
"use strict";
const fs = require("fs");
const readline = require("readline");
const zlib = require("zlib");

const weights = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const NUM_BLOCKS = 4;
const EPSILON = 1e-3;
let labels = [];

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  if (request.protocol) {
    labels = request.labels;
    return say({ ready: true, version: "node" });
  }
  const shares = softmax(logits(decoded(Buffer.from(request.data, "base64"))));
  say({ id: request.id, scores: Object.fromEntries(labels.map((label, i) => [label, shares[i]])) });
});

const say = (answer) => process.stdout.write(JSON.stringify(answer) + "\n");

/** Grey PNG of 8 bits → {channels: 1, height, width, values} in [-1, 1]. */
function decoded(png) {
  let width = 0, height = 0;
  const packed = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const kind = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      if (body[8] !== 8 || body[9] !== 0 || body[12] !== 0) throw new Error("not a plain grey PNG");
    }
    if (kind === "IDAT") packed.push(body);
    at += length + 12;
  }
  const bytes = zlib.inflateSync(Buffer.concat(packed));
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const filter = bytes[y * (width + 1)];
    for (let x = 0; x < width; x++) {
      const left = x ? pixels[y * width + x - 1] : 0;
      const up = y ? pixels[(y - 1) * width + x] : 0;
      const corner = x && y ? pixels[(y - 1) * width + x - 1] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      pixels[y * width + x] = bytes[y * (width + 1) + 1 + x] + guess;
    }
  }
  return { channels: 1, height, width, values: Float64Array.from(pixels, (pixel) => pixel / 127.5 - 1) };
}

function paeth(left, up, corner) {
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(left + up - corner - value));
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function logits(face) {
  let x = relu(norm("norm_1", conv("conv_1", face)));
  x = relu(norm("norm_2", conv("conv_2", x)));
  for (let i = 0; i < NUM_BLOCKS; i++) x = block(`blocks.${i}`, x);
  x = conv("head", x, { pad: 1 });
  const size = x.height * x.width;
  return Array.from({ length: x.channels }, (_, c) => mean(x.values.subarray(c * size, (c + 1) * size)));
}

function block(name, x) {
  const separable = (half, y) =>
    norm(`${name}.norm_${half}`,
      conv(`${name}.pointwise_${half}`, conv(`${name}.depthwise_${half}`, y, { pad: 1, depthwise: true })));
  const y = pooled(separable(2, relu(separable(1, x))));
  const shortcut = norm(`${name}.residual_norm`, conv(`${name}.residual`, x, { stride: 2 }));
  return { ...y, values: y.values.map((value, i) => value + shortcut.values[i]) };
}

function conv(name, x, { pad = 0, stride = 1, depthwise = false } = {}) {
  const { shape, values: kernel } = weights[`${name}.weight`];
  const [channels, per, side] = shape;
  const bias = weights[`${name}.bias`];
  const height = Math.floor((x.height + 2 * pad - side) / stride) + 1;
  const width = Math.floor((x.width + 2 * pad - side) / stride) + 1;
  const values = new Float64Array(channels * height * width);
  for (let c = 0, at = 0; c < channels; c++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++, at++) {
        let sum = bias ? bias.values[c] : 0;
        for (let i = 0; i < per; i++)
          for (let u = 0; u < side; u++)
            for (let v = 0; v < side; v++) {
              const y = row * stride + u - pad;
              const z = column * stride + v - pad;
              if (y < 0 || z < 0 || y >= x.height || z >= x.width) continue;
              const from = depthwise ? c : i;
              sum += kernel[((c * per + i) * side + u) * side + v] * x.values[(from * x.height + y) * x.width + z];
            }
        values[at] = sum;
      }
  return { channels, height, width, values };
}

function norm(name, x) {
  const of = (part) => weights[`${name}.${part}`].values;
  const [weight, bias, average, variance] = ["weight", "bias", "running_mean", "running_var"].map(of);
  const size = x.height * x.width;
  const scaled = (value, i) => {
    const c = Math.floor(i / size);
    return ((value - average[c]) / Math.sqrt(variance[c] + EPSILON)) * weight[c] + bias[c];
  };
  return { ...x, values: x.values.map(scaled) };
}

/** The largest of 3×3, every second place, padded as TensorFlow does. */
function pooled(x) {
  const [height, width] = [Math.ceil(x.height / 2), Math.ceil(x.width / 2)];
  const before = (from, to) => Math.floor(Math.max((to - 1) * 2 + 3 - from, 0) / 2);
  const [top, left] = [before(x.height, height), before(x.width, width)];
  const values = new Float64Array(x.channels * height * width).fill(-Infinity);
  for (let c = 0, at = 0; c < x.channels; c++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++, at++)
        for (let u = 0; u < 3; u++)
          for (let v = 0; v < 3; v++) {
            const y = row * 2 + u - top;
            const z = column * 2 + v - left;
            if (y < 0 || z < 0 || y >= x.height || z >= x.width) continue;
            values[at] = Math.max(values[at], x.values[(c * x.height + y) * x.width + z]);
          }
  return { channels: x.channels, height, width, values };
}

const relu = (x) => ({ ...x, values: x.values.map((value) => Math.max(0, value)) });
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function softmax(values) {
  const largest = Math.max(...values);
  const shares = values.map((value) => Math.exp(value - largest));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}
