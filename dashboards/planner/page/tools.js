// Pointer, touch and keyboard on the plan: what a hand does becomes an edit when it lets go.

import {insidePolygon} from "./labels.js";
import {middle, RADIUS} from "./draw.js";

const NEAR_PX = 9, GRID_M = 0.05;
const snap = value => Math.round(value / GRID_M) * GRID_M;
const rounded = ([x, y]) => [Number(snap(x).toFixed(3)), Number(snap(y).toFixed(3))];

export function wallAt(state, x, y) {
  let best = null;
  for (const wall of state.view.levels[state.level].walls) {
    const [x0, y0, x1, y1] = wall.ends, dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy || 1e-9;
    const share = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / square));
    const away = Math.hypot(x - x0 - share * dx, y - y0 - share * dy) * state.scale.k;
    if (away < NEAR_PX && (!best || away < best.away)) best = {wall, away};
  }
  return best && best.wall;
}

export function listen(svg, app) {
  const {state} = app, pointers = new Map();
  let drag = null, pinch = null;
  const place = event => { const box = svg.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  const metres = event => state.scale.metres(...place(event));

  svg.addEventListener("pointerdown", event => {
    pointers.set(event.pointerId, place(event));
    svg.setPointerCapture(event.pointerId);
    svg.focus({preventScroll: true});
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      pinch = {far: Math.hypot(a[0] - b[0], a[1] - b[1]), scale: state.scale};
      if (drag && drag.ap) app.release(null);
      drag = null;
      return;
    }
    if (event.button === 1 || event.button === 2) { drag = {pan: place(event), scale: state.scale}; return; }
    const at = metres(event), group = event.target.closest ? event.target.closest("[data-ap]") : null;
    const near = group ? group.dataset.ap : nearest(state, at);
    if (state.tool === "box") { drag = {box: rounded(at)}; return; }
    if (state.tool === "select" || (near && state.tool !== "add" && !state.sketch)) {
      if (near) {
        const ap = state.view.access_points.find(one => one.name === near);
        if (event.shiftKey) app.choose({...chosen(state), aps: toggled(state.chosen.aps, near)});
        else app.choose({aps: [near]});
        if (!ap.lock && app.mayEdit) drag = {ap: near, start: at, from: [ap.x_m, ap.y_m], level: state.level};
        return;
      }
      const pulled = app.mayEdit && !event.shiftKey ? chosenZone(state) : null, corner = pulled ? cornerOf(state, pulled, at) : -1;
      if (corner >= 0) { drag = {zone: pulled, corner}; return; }
      if (pulled && isAt(state, middle(pulled), at)) { drag = {zone: pulled, start: at}; return; }
      const wall = wallAt(state, ...at);
      const end = wall && app.mayEdit && state.chosen.walls.has(wall.ends.join()) ? endOf(state, wall, at) : null;
      if (end !== null) { drag = {wall, end}; return; }
      if (wall) {
        const key = wall.ends.join();
        app.choose(event.shiftKey ? {...chosen(state), walls: toggled(state.chosen.walls, key)} : {walls: [key]});
        const door = app.mayEdit && !event.shiftKey ? openingAt(wall, at) : null;
        if (app.mayEdit && !event.shiftKey) drag = door ? {wall, door, start: at} : {wall, start: at};
        return;
      }
      drag = event.shiftKey ? {box: rounded(at)} : {pan: place(event), scale: state.scale, click: at};
      return;
    }
    app.point(rounded(at), wallAt(state, ...at));
  });

  svg.addEventListener("pointermove", event => {
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, place(event));
    if (pinch && pointers.size === 2) {
      const [a, b] = [...pointers.values()], far = Math.hypot(a[0] - b[0], a[1] - b[1]);
      state.scale = pinch.scale.around((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, far / pinch.far);
      app.redraw();
      return;
    }
    const at = metres(event);
    app.hover(at);
    if (!drag) { if (state.sketch && state.sketch.corners.length) app.rubber(rounded(at)); return; }
    if (drag.ap) {
      const to = rounded([drag.from[0] + at[0] - drag.start[0], drag.from[1] + at[1] - drag.start[1]]);
      if (drag.moved || Math.hypot(to[0] - drag.from[0], to[1] - drag.from[1]) * state.scale.k > 3) {
        drag.moved = to;
        app.hold(drag.ap, to, event.timeStamp);
      }
    } else if (drag.pan) {
      const [x, y] = place(event);
      drag.far = Math.hypot(x - drag.pan[0], y - drag.pan[1]);
      state.scale = new state.scale.constructor(drag.scale.k, drag.scale.left + x - drag.pan[0], drag.scale.top + y - drag.pan[1]);
      app.redraw();
    } else if (drag.zone) {
      const by = drag.start ? [at[0] - drag.start[0], at[1] - drag.start[1]] : null;
      if (by && !drag.polygon && Math.hypot(...by) * state.scale.k < 4) return;
      drag.polygon = drag.zone.polygon.map((corner, number) =>
        by ? rounded([corner[0] + by[0], corner[1] + by[1]]) : number === drag.corner ? rounded(at) : corner);
      state.sketch = {kind: "zone", corners: [...drag.polygon, drag.polygon[0]]};
      app.redraw();
    } else if (drag.door) {
      if (!drag.to && Math.hypot(at[0] - drag.start[0], at[1] - drag.start[1]) * state.scale.k < 4) return;
      const [x0, y0, x1, y1] = drag.wall.ends, long = Math.hypot(x1 - x0, y1 - y0), half = (drag.door[1] - drag.door[0]) / 2;
      const u = Math.min(long - half, Math.max(half, ((at[0] - x0) * (x1 - x0) + (at[1] - y0) * (y1 - y0)) / long));
      const on = share => rounded([x0 + (x1 - x0) * share / long, y0 + (y1 - y0) * share / long]);
      drag.to = on(u);
      state.sketch = {kind: "wall", corners: [on(u - half), on(u + half)]};
      app.redraw();
    } else if (drag.box) { state.sketch = {kind: "box", corners: [drag.box, at]}; app.redraw(); }
    else if (drag.wall) {
      const ends = drag.wall.ends.slice(), by = drag.start ? [at[0] - drag.start[0], at[1] - drag.start[1]] : null;
      if (by && !drag.ends && Math.hypot(...by) * state.scale.k < 4) return;
      if (by) for (const axis of [0, 1]) { ends[axis] += by[axis]; ends[axis + 2] += by[axis]; }
      else { ends[2 * drag.end] = at[0]; ends[2 * drag.end + 1] = at[1]; }
      drag.ends = [...rounded(ends.slice(0, 2)), ...rounded(ends.slice(2))];
      state.sketch = {kind: "wall", corners: [drag.ends.slice(0, 2), drag.ends.slice(2)]};
      app.redraw();
    }
  });

  const up = event => {
    pointers.delete(event.pointerId);
    if (pinch) { if (pointers.size === 0) pinch = null; return; }
    const done = drag;
    drag = null;
    if (!done) return;
    if (done.ap) { if (done.moved) app.release(event.type === "pointercancel" ? null : done.ap, done.moved); return; }
    if (done.pan) { if (done.click && (done.far || 0) < 4) app.choose({zones: zonesAt(state, done.click)}); return; }
    state.sketch = null;
    if (done.zone) {
      if (done.polygon) app.do("move_zone", {name: done.zone.name, polygon_m: done.polygon});
      app.redraw();
    } else if (done.door && done.to) app.do("move_door", {wall: done.wall.ends, at_m: middleOf(done.wall, done.door), to_m: done.to});
    else if (done.box) app.choose(inBox(state, done.box, metres(event)));
    else if (done.wall && done.ends) {
      app.choose({walls: [done.ends.join()]});
      app.do("move_wall", {wall: done.wall.ends, start_m: done.ends.slice(0, 2), end_m: done.ends.slice(2)});
    } else app.redraw();
  };
  svg.addEventListener("pointerup", up);
  svg.addEventListener("pointercancel", up);
  svg.addEventListener("pointerleave", () => app.hover(null));
  svg.addEventListener("contextmenu", event => event.preventDefault());
  svg.addEventListener("dblclick", () => app.finish());
  svg.addEventListener("wheel", event => {
    event.preventDefault();
    state.scale = state.scale.around(...place(event), Math.exp(-event.deltaY / 500));
    app.redraw();
  }, {passive: false});
  svg.addEventListener("keydown", event => keyed(event, app));
  svg.addEventListener("focusin", event => {
    const group = event.target.closest ? event.target.closest("[data-ap]") : null;
    if (!app.refocusing && group && group.matches(":focus-visible") && !state.chosen.aps.has(group.dataset.ap)) app.choose({aps: [group.dataset.ap]});
  });
}

function keyed(event, app) {
  const {state} = app, key = event.key.toLowerCase();
  const group = event.target.closest ? event.target.closest("[data-ap]") : null;
  if (group && !state.chosen.aps.has(group.dataset.ap)) app.choose({aps: [group.dataset.ap]});
  const ap = state.chosen.aps.size === 1 ? state.view.access_points.find(one => state.chosen.aps.has(one.name)) : null;
  const arrow = {arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, 1], arrowdown: [0, -1]}[key];
  const handled = () => {
    if ((event.ctrlKey || event.metaKey) && key === "z") return app.do(event.shiftKey ? "redo" : "undo");
    if ((event.ctrlKey || event.metaKey) && key === "y") return app.do("redo");
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (key === "escape") return app.cancel();
    if (key === "enter") return app.finish();
    if (key === "+") return app.zoom(1.25);
    if (key === "-") return app.zoom(0.8);
    if (key === "0") return app.fit();
    if (arrow && ap && app.mayEdit) {
      const step = event.shiftKey ? 0.1 : 0.5;
      // Shown at once, so that the next press goes on from here and not from what the server last said.
      ap.x_m = Number((ap.x_m + arrow[0] * step).toFixed(3)); ap.y_m = Number((ap.y_m + arrow[1] * step).toFixed(3));
      app.redraw();
      return app.do("move", {ap: ap.name, x_m: ap.x_m, y_m: ap.y_m});
    }
    const zone = app.mayEdit ? chosenZone(state) : null;
    if (arrow && zone) {
      const step = event.shiftKey ? 0.1 : 0.5;
      zone.polygon = zone.polygon.map(([x, y]) => [Number((x + arrow[0] * step).toFixed(3)), Number((y + arrow[1] * step).toFixed(3))]);
      app.redraw();
      return app.do("move_zone", {name: zone.name, polygon_m: zone.polygon});
    }
    if (arrow) { state.scale = new state.scale.constructor(state.scale.k, state.scale.left - 40 * arrow[0], state.scale.top + 40 * arrow[1]); return app.redraw(); }
    if ((key === "delete" || key === "backspace") && app.mayEdit) return app.remove();
    if (key === "l" && ap && app.mayEdit) return app.do("lock", {ap: ap.name, lock: !ap.lock});
    if ((key === "[" || key === "]") && ap && app.mayEdit) {
      ap.azimuth_deg = (ap.azimuth_deg + (key === "]" ? 15 : 345)) % 360;
      return app.do("turn", {ap: ap.name, azimuth_deg: ap.azimuth_deg});
    }
    if (key === "," || key === ".") return app.nextWall(key === "." ? 1 : -1);
    if (key === "<" || key === ">") return app.nextWall(key === ">" ? 1 : -1, true);
    return app.toolByKey(key);
  };
  if (handled() !== false) event.preventDefault();
}

const chosen = state => ({aps: [...state.chosen.aps], walls: [...state.chosen.walls], zones: [...state.chosen.zones]});
const toggled = (set, key) => set.has(key) ? [...set].filter(one => one !== key) : [...set, key];
function nearest(state, [x, y]) {
  let best = null;
  for (const ap of state.view.access_points) if (ap.level === state.level) {
    const away = Math.hypot(ap.x_m - x, ap.y_m - y) * state.scale.k;
    if (away < RADIUS + 8 && (!best || away < best.away)) best = {name: ap.name, away};
  }
  return best && best.name;
}
function chosenZone(state) {
  const {aps, walls, zones} = state.chosen;
  return zones.size === 1 && !aps.size && !walls.size ? state.view.zones.find(zone => zones.has(zone.name) && zone.level === state.level) || null : null;
}
const isAt = (state, [cx, cy], [x, y]) => Math.hypot(cx - x, cy - y) * state.scale.k < 14;
const cornerOf = (state, zone, at) => zone.polygon.findIndex(corner => isAt(state, corner, at));
function openingAt(wall, [x, y]) {
  const [x0, y0, x1, y1] = wall.ends, u = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / (Math.hypot(x1 - x0, y1 - y0) || 1);
  return (wall.openings || []).find(([a, b]) => a <= u && u <= b) || null;
}
function middleOf(wall, [a, b]) {
  const [x0, y0, x1, y1] = wall.ends, share = (a + b) / 2 / (Math.hypot(x1 - x0, y1 - y0) || 1);
  return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
}
function endOf(state, wall, [x, y]) {
  const far = at => Math.hypot(wall.ends[2 * at] - x, wall.ends[2 * at + 1] - y) * state.scale.k;
  if (Math.min(far(0), far(1)) > 14) return null;
  return far(0) < far(1) ? 0 : 1;
}
function zonesAt(state, [x, y]) {
  const found = state.view.zones.filter(zone => zone.level === state.level && insidePolygon(x, y, zone.polygon));
  return found.length ? [found[found.length - 1].name] : [];
}
function inBox(state, a, b) {
  const [x0, x1] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])], [y0, y1] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
  const inside = (x, y) => x >= x0 && x <= x1 && y >= y0 && y <= y1;
  return {
    aps: state.view.access_points.filter(ap => ap.level === state.level && inside(ap.x_m, ap.y_m)).map(ap => ap.name),
    walls: state.view.levels[state.level].walls.filter(({ends}) => inside((ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2)).map(wall => wall.ends.join()),
    zones: state.view.zones.filter(zone => zone.level === state.level && zone.polygon.every(([x, y]) => inside(x, y))).map(zone => zone.name),
  };
}
