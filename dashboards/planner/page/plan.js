// The plan component: what is shown and chosen, between the wire, the drawing, the tools and the panel.

import {draw, Scale} from "./draw.js";
import {legend, paint, said, valueAt} from "./heat.js";
import {panel, toolbar, TOOLS} from "./panel.js";
import {listen} from "./tools.js";
import {Wire} from "./wire.js";

const LAYERS = ["signal", "second", "snr_down", "snr_up", "co_channel", "rate", "airtime", "people_p10"];

// What the program itself has done for whoever asked: no news from another window.
const OUR_OWN = new Set(["check", "place", "page"]);

class App {
  constructor(root, data) {
    this.root = root; this.layers = LAYERS;
    this.svg = root.querySelector("svg"); this.canvas = root.querySelector("canvas");
    this.state = {
      view: null, scale: null, level: 0, layer: "signal", band: "5", crowd: true, cables: true, tool: "select", held: {}, sketch: null, hand: null,
      chosen: {aps: new Set(), walls: new Set(), zones: new Set()}, picture: null, material: "concrete", openingWidth: 0.9, zoneKind: "room",
      zoneName: name => this.zoneName(name),
    };
    this.take(data);
    this.measured = window.__planner = {previews: [], full: []};
    listen(this.svg, this);
    new ResizeObserver(() => { if (this.state.view) { this.fitOnce(); this.redraw(); } }).observe(this.svg);
    this.wire = new Wire(data.token, data.lang, this);
  }
  take(data) {
    this.words = data.words; this.choices = data.choices; this.mayEdit = data.may_edit; this.window = data.window;
    this.notify = data.notify || this.notify;
    this.state.points = data.points || [];
    if (this.wire) { this.wire.renew(data.token, data.lang); this.redraw(); }
  }
  zoneName(name) {
    const parts = name.match(/^(.*?)( \d+)?$/);
    return (this.words.zone[parts[1]] || parts[1]) + (parts[2] || "");
  }

  // ---------------------------------------------------------------------------------------------------- what the wire tells
  view(view, by) {
    const {state} = this, before = state.view;
    if (before && view.revision < before.revision) return;
    state.view = view;
    state.level = Math.min(state.level, view.levels.length - 1);
    if (!state.hand) state.held = {};
    const names = new Set(view.access_points.map(ap => ap.name)), zones = new Set(view.zones.map(zone => zone.name));
    const walls = new Set(view.levels.flatMap(level => level.walls.map(wall => wall.ends.join())));
    state.chosen = {
      aps: new Set([...state.chosen.aps].filter(name => names.has(name))), zones: new Set([...state.chosen.zones].filter(name => zones.has(name))),
      walls: new Set([...state.chosen.walls].filter(key => walls.has(key))),
    };
    const bands = this.bands();
    if (!bands.includes(state.band)) state.band = bands.includes("5") ? "5" : bands[0];
    this.fitOnce();
    this.controls();
    this.redraw();
    // While a hand drags the map is its preview, whatever else becomes known; letting go brings the full one.
    if (!state.hand) { this.ask(true, this.released); this.released = undefined; }
    if (by && !OUR_OWN.has(by) && by !== this.window && before) this.say(this.words.other_window, true);
    if (before && before.revision !== view.revision) this.tell();
    this.root.dataset.revision = view.revision;
    this.root.dataset.ready = "1";
  }
  picture(picture, asked) {
    const {state} = this;
    state.picture = picture;
    paint(this.canvas, picture, state.view.required_dbm);
    legend(this.root.querySelector(".legend"), picture, this.words);
    this.placeCanvas();
    this.root.querySelector(".board").classList.toggle("coarse", !picture.full);
    this.root.dataset.full = picture.full ? "1" : "0";
    this.hover(this.pointer);
    if (asked && asked.since !== undefined) {
      const into = picture.full ? this.measured.full : this.measured.previews;
      const waited = asked.sent - asked.since, away = performance.now() - asked.sent;
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
          into.push({paint: performance.now() - asked.since, waited, away, computed: picture.computed_ms, traced: picture.traced});
          if (into.length > 5000) into.shift();
        };
        channel.port2.postMessage(0);
      });
    }
  }
  // The rest of the page is drawn anew when the hand rests, never under it.
  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.state.hand ? this.tell() : this.notify && this.notify(this.state.view.revision), 400);
  }
  refused(text) { if (!this.state.hand) this.state.held = {}; this.say(text === "?" ? this.words.failed : text, true); this.redraw(); }
  lost(code) { this.hush(); this.say(code === 4401 ? this.words.sign_again : this.words.lost, true); if (code === 4401 && this.notify) this.notify(-Date.now()); }
  back() { this.say(""); }
  // Streamlit's own word for a lost line, in English, would lie over the plan, which can be worked on meanwhile.
  hush() {
    clearTimeout(this.hushing);
    if (!this.wire || this.wire.ready || this.wire.ended) return;
    const dialog = [...document.querySelectorAll("[role=dialog]")].find(one => one.textContent.startsWith("Connection error"));
    if (dialog) dialog.querySelector("button")?.click();
    this.hushing = setTimeout(() => this.hush(), 300);
  }

  // -------------------------------------------------------------------------------------------------------- what a hand does
  bands() {
    const used = new Set(this.state.view.access_points.flatMap(ap => ap.radios.map(radio => radio.band)));
    return ["2.4", "5", "6"].filter(band => !used.size || used.has(band));
  }
  ask(full, since) {
    const {layer, band, level, crowd, held} = this.state;
    this.wire.map({layer, band, level, crowd, full, moved: full ? {} : held}, since);
  }
  do(name, given) { if (this.mayEdit) { this.say(""); this.wire.do(name, given); } }
  hold(name, at, since) { this.state.hand = name; this.state.held[name] = at; this.redraw(); this.ask(false, since); }
  release(name, at) {
    this.state.hand = null;
    if (name) { this.released = performance.now(); this.do("move", {ap: name, x_m: at[0], y_m: at[1]}); }
    else { this.state.held = {}; this.redraw(); this.ask(true); }
  }
  choose({aps = [], walls = [], zones = []}) {
    this.state.chosen = {aps: new Set(aps), walls: new Set(walls), zones: new Set(zones)};
    this.redraw(); this.panel();
  }
  remove() {
    const {aps, walls, zones} = this.state.chosen;
    if (aps.size + walls.size + zones.size === 0) return false;
    this.do("delete", {access_points: [...aps], zones: [...zones], walls: [...walls].map(key => key.split(",").map(Number))});
    this.choose({});
    return true;
  }
  // With `more` what is chosen stays chosen: several walls by keyboard.
  nextWall(by, more) {
    const walls = this.state.view.levels[this.state.level].walls.map(wall => wall.ends.join()), {chosen} = this.state;
    const at = walls.indexOf([...chosen.walls].pop());
    const next = walls[(at + by + walls.length) % walls.length];
    if (walls.length) this.choose(more ? {aps: [...chosen.aps], zones: [...chosen.zones], walls: [...chosen.walls, next]} : {walls: [next]});
  }
  tool(tool) {
    this.state.tool = tool;
    this.state.sketch = ["wall", "zone", "keepout", "scale"].includes(tool) ? {kind: tool, corners: [], fixed: 0} : null;
    this.choose({});
    this.controls();
    this.say(tool === "select" ? "" : this.words[`hint_${tool}`]);
  }
  toolByKey(key) {
    const found = TOOLS.find(([, letter]) => letter === key);
    if (!found || !this.mayEdit) return false;
    this.tool(found[0]);
    return true;
  }
  point(at, wall) {
    const {state} = this, {sketch, tool} = state;
    if (tool === "add") return this.drawn("add", [at]);
    if (tool === "door" || tool === "window") return wall ? this.opening(tool, wall, at) : this.say(this.words.on_a_wall, true);
    if (!sketch) return undefined;
    sketch.corners = [...sketch.corners.slice(0, sketch.fixed), at];
    sketch.fixed += 1;
    if ((tool === "wall" || tool === "scale") && sketch.fixed === 2) return this.finish();
    if (tool !== "wall" && sketch.fixed > 3 && Math.hypot(at[0] - sketch.corners[0][0], at[1] - sketch.corners[0][1]) * state.scale.k < 12) {
      sketch.corners.pop(); sketch.fixed -= 1;
      return this.finish();
    }
    return this.redraw();
  }
  rubber(at) {
    const {sketch} = this.state;
    sketch.corners = [...sketch.corners.slice(0, sketch.fixed), at];
    this.redraw();
  }
  finish() {
    const {sketch, tool} = this.state;
    if (!sketch) return false;
    const corners = sketch.corners.slice(0, sketch.fixed).filter((corner, at, all) => !at || corner.join() !== all[at - 1].join());
    this.state.sketch = {kind: sketch.kind, corners: [], fixed: 0};
    this.redraw();
    if (corners.length < (tool === "wall" || tool === "scale" ? 2 : 3)) return true;
    this.drawn(tool, corners, null);
    return true;
  }
  drawn(tool, corners, length) {
    const {state, words} = this, {level} = state;
    if (tool === "add") return this.do("add", {x_m: corners[0][0], y_m: corners[0][1], level});
    if (tool === "door" || tool === "window") {
      const walls = state.view.levels[level].walls.map(wall => ({wall, away: away(wall, corners[0])})).sort((a, b) => a.away - b.away);
      return walls.length && walls[0].away < 0.5 ? this.opening(tool, walls[0].wall, corners[0]) : this.say(words.on_a_wall, true);
    }
    if (tool === "wall") return this.do("wall", {start_m: corners[0], end_m: corners[1], material: state.material, level});
    if (tool === "scale") {
      const metres = length || Number((window.prompt(words.true_length) || "").replace(",", "."));
      return metres > 0 ? this.do("scale", {start_m: corners[0], end_m: corners[1], length_m: metres}) : undefined;
    }
    const kind = tool === "keepout" ? "keepout" : state.zoneKind, taken = new Set(state.view.zones.map(zone => zone.name));
    let number = 1;
    while (taken.has(`${kind} ${number}`)) number += 1;
    this.do("zone", {name: `${kind} ${number}`, polygon_m: corners, kind, level});
    return this.choose({zones: [`${kind} ${number}`]});
  }
  opening(kind, wall, at) { this.do("door", {wall: wall.ends, at_m: at, width_m: this.state.openingWidth, kind, level: this.state.level}); }
  cancel() { this.state.hand = null; this.state.held = {}; this.tool("select"); this.ask(true); }
  show(change) {
    Object.assign(this.state, change);
    if (change.level !== undefined) { this.state.fitted = false; this.fitOnce(); this.choose({}); }
    this.controls(); this.redraw(); this.ask(true);
  }

  // ------------------------------------------------------------------------------------------------------------- what is seen
  fitOnce() {
    const box = this.svg.getBoundingClientRect(), {state} = this;
    if (!box.width || (state.fitted && Math.abs(state.fittedTo - box.width) < 2)) return;
    this.fit();
  }
  fit() {
    const box = this.svg.getBoundingClientRect(), {state} = this;
    state.scale = Scale.fit(state.view.levels[state.level], box.width, box.height);
    state.fitted = true; state.fittedTo = box.width;
    this.redraw();
  }
  zoom(factor) {
    const box = this.svg.getBoundingClientRect();
    this.state.scale = this.state.scale.around(box.width / 2, box.height / 2, factor);
    this.redraw();
  }
  redraw() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      if (!this.state.view || !this.state.scale) return;
      const root = this.svg.getRootNode(), active = root.activeElement, name = active && active.dataset ? active.dataset.ap : null;
      draw(this.svg, this.state, this.words);
      this.placeCanvas();
      this.refocusing = true;  // the same access point drawn anew: nobody has chosen it
      if (name) this.svg.querySelector(`[data-ap="${CSS.escape(name)}"]`)?.focus({preventScroll: true});
      this.refocusing = false;
    });
  }
  placeCanvas() {
    const {picture, scale} = this.state;
    if (!picture || !scale) return;
    Object.assign(this.canvas.style, {
      left: `${scale.x(picture.x0)}px`, top: `${scale.y(picture.y0 + picture.ny * picture.cell)}px`,
      width: `${picture.nx * picture.cell * scale.k}px`, height: `${picture.ny * picture.cell * scale.k}px`,
    });
  }
  controls() { toolbar(this.root.querySelector(".toolbar"), this); this.panel(); }
  panel() { if (this.state.view) panel(this.root.querySelector(".panel"), this); }
  hover(at) {
    this.pointer = at;
    const element = this.root.querySelector(".value"), {picture, layer} = this.state;
    if (!at || !picture) { element.textContent = ""; return; }
    const value = valueAt(picture, ...at);
    element.textContent = `x ${at[0].toFixed(1)} m, y ${at[1].toFixed(1)} m: ${value === null ? this.words.unknown : said(layer, value)}`;
  }
  say(text, alarm = false) {
    const element = this.root.querySelector(".said");
    element.textContent = text || "";
    element.classList.toggle("alarm", alarm && Boolean(text));
  }
}

function away({ends: [x0, y0, x1, y1]}, [x, y]) {
  const dx = x1 - x0, dy = y1 - y0, share = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1e-9)));
  return Math.hypot(x - x0 - share * dx, y - y0 - share * dy);
}

export function mount({data, parentElement, setTriggerValue}) {
  const root = parentElement.querySelector(".planner");
  const given = {...data, notify: revision => setTriggerValue("revision", revision)};
  if (root.app && root.app.project === data.project) root.app.take(given);
  else {
    const before = root.app || window.__plan;
    root.app = new App(root, given);
    root.app.project = data.project;
    if (before) {
      before.wire.close();
      // A page that was drawn anew, as after a restart of the server, goes on with what was not yet sent.
      if (before.project === data.project) Object.assign(root.app.wire, {pending: before.wire.pending, seq: before.wire.seq});
    }
    window.__plan = root.app;
  }
}
