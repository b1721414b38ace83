// The storey as SVG: walls by material, zones, cables, access points, and what is chosen. No state of its own.

import {placed} from "./labels.js";

const NS = "http://www.w3.org/2000/svg";
export const RADIUS = 13;
const TEXT_PX = 13, FONT = `600 ${TEXT_PX}px "Source Sans", "Noto Sans CJK JP", "Noto Sans JP", sans-serif`;

const measuring = document.createElement("canvas").getContext("2d");
function width(text) { measuring.font = FONT; return measuring.measureText(text).width; }

function put(parent, name, attributes, text) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.appendChild(element);
  return element;
}

// Metres (y up) to pixels of the drawing (y down).
export class Scale {
  constructor(k, left, top) { this.k = k; this.left = left; this.top = top; }
  x(x) { return this.left + x * this.k; }
  y(y) { return this.top - y * this.k; }
  metres(px, py) { return [(px - this.left) / this.k, (this.top - py) / this.k]; }
  static fit(level, wide, high) {
    const xs = level.outline.map(([x]) => x), ys = level.outline.map(([, y]) => y), margin = Math.min(46, 0.05 * wide + 8);
    for (const {ends} of level.walls) { xs.push(ends[0], ends[2]); ys.push(ends[1], ends[3]); }
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const k = Math.min((wide - 2 * margin) / Math.max(1, x1 - x0), (high - 2 * margin) / Math.max(1, y1 - y0));
    return new Scale(k, (wide - k * (x0 + x1)) / 2, (high + k * (y0 + y1)) / 2);
  }
  around(px, py, factor) {
    const k = Math.min(400, Math.max(0.5, this.k * factor)), [x, y] = this.metres(px, py);
    return new Scale(k, px - x * k, py + y * k);
  }
}

const DASH = {glass: "7 4", metal: "", wood: "2 3", curtain: "1 4"};

function pieces(wall) {
  // The wall without its openings, as shares of its length.
  const [x0, y0, x1, y1] = wall.ends, length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const holes = (wall.openings || []).map(([a, b, kind]) => [a / length, b / length, kind]).sort((a, b) => a[0] - b[0]);
  const solid = [];
  let at = 0;
  for (const [a, b] of holes) { if (a > at) solid.push([at, a]); at = Math.max(at, b); }
  if (at < 1) solid.push([at, 1]);
  return {solid, holes};
}

export function draw(svg, state, words) {
  const {view, scale, level} = state, storey = view.levels[level];
  svg.replaceChildren();
  const shape = corners => corners.map(([x, y]) => `${scale.x(x).toFixed(1)},${scale.y(y).toFixed(1)}`).join(" ");
  const line = (wall, [a, b]) => {
    const [x0, y0, x1, y1] = wall.ends, at = s => `${scale.x(x0 + (x1 - x0) * s).toFixed(1)} ${scale.y(y0 + (y1 - y0) * s).toFixed(1)}`;
    return `M${at(a)}L${at(b)}`;
  };
  put(svg, "polygon", {points: shape(storey.outline), class: "outline"});
  const zones = view.zones.filter(zone => zone.level === level);
  for (const zone of zones) {
    const chosen = state.chosen.zones.has(zone.name) ? " chosen" : "";
    put(svg, "polygon", {points: shape(zone.polygon), class: `zone kind-${zone.kind}${chosen}`, "data-zone": zone.name});
  }
  const byMaterial = new Map();
  const doors = {door: "", window: ""};
  let chosenWalls = "";
  for (const wall of storey.walls) {
    const {solid, holes} = pieces(wall);
    const path = solid.map(piece => line(wall, piece)).join("");
    byMaterial.set(wall.material, (byMaterial.get(wall.material) || "") + path);
    for (const hole of holes) doors[hole[2] === "window" ? "window" : "door"] += line(wall, hole);
    if (state.chosen.walls.has(wall.ends.join())) chosenWalls += line(wall, [0, 1]);
  }
  if (chosenWalls) put(svg, "path", {d: chosenWalls, class: "chosen-walls"});
  // Over the map, whose colours go from dark to light, a wall is seen by what is around it.
  put(svg, "path", {d: [...byMaterial.values()].join(""), class: "casing"});
  for (const [material, d] of byMaterial) {
    put(svg, "path", {d, class: `wall m-${material}`, "stroke-dasharray": DASH[material] || "", "data-material": material});
  }
  put(svg, "path", {d: doors.door, class: "door"});
  put(svg, "path", {d: doors.window, class: "window"});
  if (state.cables) {
    for (const cable of view.cables) if (cable.level === level) {
      put(svg, "polyline", {points: shape(cable.line), class: "cable"});
    }
    if (level === 0) {
      put(svg, "rect", {x: scale.x(view.switch[0]) - 8, y: scale.y(view.switch[1]) - 6, width: 16, height: 12, class: "switch"});
    }
  }
  const points = view.access_points.filter(ap => ap.level === level).map(ap => {
    const held = state.held[ap.name];
    return {...ap, at: held || [ap.x_m, ap.y_m]};
  });
  for (const one of state.points) if (one.level === level) {
    // Stronger than predicted points up, weaker points down; the larger, the further off.
    const size = 3 + Math.min(9, Math.abs(one.residual_db) / 2), up = one.residual_db >= 0 ? -1 : 1;
    const [x, y] = [scale.x(one.x_m), scale.y(one.y_m)];
    const mark = put(svg, "path", {d: `M${x - size} ${y - up * size * .6}h${2 * size}L${x} ${y + up * size}z`, class: up < 0 ? "stronger" : "weaker"});
    put(mark, "title", {}, `${one.residual_db > 0 ? "+" : ""}${one.residual_db} dB`);
  }
  const box = svg.getBoundingClientRect();
  const symbols = points.map(ap => ({x: scale.x(ap.at[0]), y: scale.y(ap.at[1]), r: RADIUS + 2, text: ap.name, short: ap.name.replace(/^.*?(\d+)$/, "$1")}));
  const rooms = zones.map(zone => ({text: state.zoneName(zone.name), corners: zone.polygon.map(([x, y]) => [scale.x(x), scale.y(y)])}));
  const [sx, sy] = [scale.x(view.switch[0]), scale.y(view.switch[1])];
  const others = state.cables && level === 0 ? [{x0: sx - 10, y0: sy - 8, x1: sx + 10, y1: sy + 8}] : [];
  for (const one of state.points) if (one.level === level) {
    const [x, y] = [scale.x(one.x_m), scale.y(one.y_m)];
    others.push({x0: x - 6, y0: y - 6, x1: x + 6, y1: y + 6});
  }
  const labels = placed(symbols, rooms, {x0: 1, y0: 1, x1: (box.width || 800) - 1, y1: (box.height || 500) - 1}, width, TEXT_PX + 4, others);
  labels.rooms.forEach(label => label && put(svg, "text", {x: label.x, y: label.y, class: "room"}, label.text));
  points.forEach((ap, index) => drawAp(svg, ap, symbols[index], state, words));
  labels.symbols.forEach(label => label && put(svg, "text", {x: label.x, y: label.y, class: "name"}, label.text));
  // What is chosen can be pulled by its corners, and moved by the square in its middle.
  for (const zone of zones) if (state.chosen.zones.has(zone.name) && state.chosen.zones.size === 1) {
    for (const [x, y] of zone.polygon) put(svg, "circle", {cx: scale.x(x), cy: scale.y(y), r: 5, class: "corner"});
    const [x, y] = middle(zone);
    put(svg, "rect", {x: scale.x(x) - 7, y: scale.y(y) - 7, width: 14, height: 14, class: "corner"});
  }
  if (state.sketch) drawSketch(svg, state, shape);
}

export function middle({polygon}) {
  return [0, 1].map(axis => polygon.reduce((sum, corner) => sum + corner[axis], 0) / polygon.length);
}

function drawAp(svg, ap, {x, y}, state, words) {
  const chosen = state.chosen.aps.has(ap.name);
  const channels = ap.radios.map(radio => `${radio.band} GHz ${radio.channel}`).join(", ");
  const group = put(svg, "g", {
    class: `ap${chosen ? " chosen" : ""}${ap.lock ? " locked" : ""}`, tabindex: 0, role: "button", "data-ap": ap.name,
    "aria-pressed": chosen, "aria-label": `${ap.name}, x ${ap.at[0].toFixed(2)} m, y ${ap.at[1].toFixed(2)} m, ${channels}${ap.lock ? ", " + words.locked : ""}`,
  });
  if (ap.antenna !== "omni") {
    const turn = ap.azimuth_deg * Math.PI / 180, far = RADIUS + 13;
    put(group, "line", {x1: x, y1: y, x2: x + far * Math.sin(turn), y2: y - far * Math.cos(turn), class: "facing"});
  }
  if (ap.lock) put(group, "rect", {x: x - RADIUS, y: y - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS, class: "body"});
  else put(group, "circle", {cx: x, cy: y, r: RADIUS, class: "body"});
  put(group, "path", {d: `M${x - 6} ${y + 1}a8.5 8.5 0 0 1 12 0M${x - 3} ${y + 4}a4.2 4.2 0 0 1 6 0`, class: "waves"});
}

function drawSketch(svg, state, shape) {
  const {kind, corners} = state.sketch;
  if (!corners.length) return;
  const style = {class: `sketch ${kind}`};
  if (kind === "box" && corners.length > 1) {
    const [[x0, y0], [x1, y1]] = corners;
    put(svg, "polygon", {points: shape([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), ...style});
  } else put(svg, "polyline", {points: shape(corners), ...style});
  for (const [x, y] of corners) put(svg, "circle", {cx: state.scale.x(x), cy: state.scale.y(y), r: 4, class: "corner"});
  if (corners.length > 1 && kind !== "box") {
    const [[x0, y0], [x1, y1]] = corners.slice(-2);
    const middle = [state.scale.x((x0 + x1) / 2), state.scale.y((y0 + y1) / 2) - 8];
    put(svg, "text", {x: middle[0], y: middle[1], class: "name"}, `${Math.hypot(x1 - x0, y1 - y0).toFixed(2)} m`);
  }
}
