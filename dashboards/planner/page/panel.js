// Buttons above the plan and the form beside it: everything that a hand can do, by keyboard too.

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element[key] = value;
    else if (key.startsWith("aria-")) element.setAttribute(key, String(Boolean(value) && value !== "false" ? value : false));
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter(child => child !== null));
  return element;
};

export const TOOLS = [["select", "v"], ["box", "b"], ["add", "a"], ["wall", "w"], ["door", "d"], ["window", "i"], ["zone", "z"], ["keepout", "k"], ["scale", "s"]];

export function toolbar(element, app) {
  const {state, words} = app;
  const button = (key, label, onclick, {pressed, disabled, hint} = {}) => make("button", {
    type: "button", "data-tool": key, "aria-pressed": pressed, disabled, title: hint || label, onclick,
  }, label);
  const option = (value, label, chosen) => make("option", {value, selected: value === chosen}, label);
  const choose = (key, label, values, chosen, onchange) => make("label", {}, make("span", {}, label),
    make("select", {"data-choose": key, onchange: event => onchange(event.target.value)}, ...values.map(([value, text]) => option(value, text, chosen))));
  const did = step => step ? `${words.did[step[0]] || step[0]}${step[1] ? " " + step[1] : ""}` : "";
  const {view} = state;
  element.replaceChildren(
    make("div", {class: "group", role: "group", "aria-label": words.tools}, ...TOOLS.filter(() => app.mayEdit).map(([tool, key]) =>
      button(tool, words[`tool_${tool}`], () => app.tool(tool), {pressed: state.tool === tool, hint: `${words[`tool_${tool}`]} (${key.toUpperCase()})`}))),
    make("div", {class: "group", role: "group", "aria-label": words.history},
      button("undo", words.undo, () => app.do("undo"), {disabled: !view.undo || !app.mayEdit, hint: `${words.undo} (Ctrl+Z) ${did(view.undo)}`}),
      button("redo", words.redo, () => app.do("redo"), {disabled: !view.redo || !app.mayEdit, hint: `${words.redo} (Ctrl+Y) ${did(view.redo)}`}),
      button("in", "+", () => app.zoom(1.25), {hint: words.zoom_in}), button("out", "−", () => app.zoom(0.8), {hint: words.zoom_out}),
      button("fit", words.fit, () => app.fit())),
    make("div", {class: "group", role: "group", "aria-label": words.map},
      choose("layer", words.layer, app.layers.map(layer => [layer, words[`layer_${layer}`]]), state.layer, value => app.show({layer: value})),
      choose("band", words.band, app.bands().map(band => [band, `${band} GHz`]), state.band, value => app.show({band: value})),
      view.levels.length > 1 ? choose("level", words.level, view.levels.map((level, index) => [String(index), level.name]), String(state.level),
        value => app.show({level: Number(value)})) : null,
      make("label", {class: "check"}, make("input", {type: "checkbox", checked: state.crowd, onchange: event => app.show({crowd: event.target.checked})}), words.crowd),
      make("label", {class: "check"}, make("input", {type: "checkbox", checked: state.cables, onchange: event => app.show({cables: event.target.checked})}), words.cables)),
  );
}

export function panel(element, app) {
  const {state, words} = app, {aps, walls, zones} = state.chosen, many = aps.size + walls.size + zones.size;
  const focused = element.contains(element.getRootNode().activeElement) ? element.getRootNode().activeElement.name : null;
  element.replaceChildren();
  const ap = aps.size === 1 && many === 1 ? state.view.access_points.find(one => aps.has(one.name)) : null;
  if (ap) accessPoint(element, app, ap);
  else if (many) several(element, app);
  else list(element, app);
  if (state.view.warnings.length) {
    element.append(make("h4", {}, words.look_at), make("ul", {class: "warnings"}, ...state.view.warnings.map(text => make("li", {}, text))));
  }
  if (focused) element.querySelector(`[name="${focused}"]`)?.focus();
}

function field(label, input) { return make("label", {class: "field"}, make("span", {}, label), input); }
function number(name, value, step, commit, disabled) {
  return make("input", {type: "number", name, value: String(Math.round(value * 1000) / 1000), step, disabled, onchange: event => {
    const given = Number(event.target.value);
    if (event.target.value !== "" && Number.isFinite(given)) commit(given);
  }});
}
function chooser(name, values, chosen, commit, disabled) {
  return make("select", {name, disabled, onchange: event => commit(event.target.value)},
    ...[...new Set([chosen, ...values])].map(value => make("option", {value, selected: value === chosen}, String(value) || "–")));
}

function accessPoint(element, app, ap) {
  const {words, choices} = app, fixed = ap.lock || !app.mayEdit, say = given => app.do("move", {ap: ap.name, x_m: ap.x_m, y_m: ap.y_m, ...given});
  element.append(make("h3", {}, ap.name), ap.why ? make("p", {class: "why"}, ap.why) : "",
    field("x (m)", number("x", ap.x_m, 0.1, x_m => say({x_m}), fixed)), field("y (m)", number("y", ap.y_m, 0.1, y_m => say({y_m}), fixed)),
    field(words.height, number("height", ap.height_m, 0.1, height_m => say({height_m}), fixed)),
    field(words.azimuth, number("azimuth", ap.azimuth_deg, 5, azimuth_deg => app.do("turn", {ap: ap.name, azimuth_deg}), fixed)),
    field(words.tilt, number("tilt", ap.tilt_deg, 5, tilt_deg => app.do("turn", {ap: ap.name, azimuth_deg: ap.azimuth_deg, tilt_deg}), fixed)),
    field(words.antenna, chooser("antenna", choices.antennas, ap.antenna, antenna => app.do("turn", {ap: ap.name, azimuth_deg: ap.azimuth_deg, antenna}), fixed)),
    field(words.model, chooser("model", choices.models, ap.model, model => app.do("model", {ap: ap.name, model}), fixed)));
  for (const radio of ap.radios) {
    const channels = choices.channels[radio.band][radio.width_mhz] || [], widths = Object.keys(choices.channels[radio.band]).map(Number);
    const tune = given => app.do("channel", {ap: ap.name, band: radio.band, channel: radio.channel, width_mhz: radio.width_mhz, ...given});
    element.append(make("fieldset", {}, make("legend", {}, `${radio.band} GHz`),
      field(words.channel, chooser(`channel-${radio.band}`, channels, radio.channel, value => tune({channel: Number(value)}), !app.mayEdit)),
      field(words.width, chooser(`width-${radio.band}`, widths, radio.width_mhz, value => {
        const wide = Number(value), may = choices.channels[radio.band][wide];
        tune({width_mhz: wide, channel: may.includes(radio.channel) ? radio.channel : may.reduce((a, b) => Math.abs(b - radio.channel) < Math.abs(a - radio.channel) ? b : a)});
      }, !app.mayEdit)),
      field(words.power, number(`power-${radio.band}`, radio.tx_power_dbm, 1, tx_power_dbm => app.do("power", {ap: ap.name, band: radio.band, tx_power_dbm}), fixed))));
  }
  if (app.mayEdit) element.append(make("div", {class: "buttons"},
    make("button", {type: "button", onclick: () => app.do("lock", {ap: ap.name, lock: !ap.lock})}, ap.lock ? words.unlock : words.lock),
    make("button", {type: "button", disabled: ap.lock, onclick: () => { app.choose({}); app.do("remove", {ap: ap.name}); }}, words.remove)));
  element.append(make("p", {class: "hint"}, words.hint_ap));
}

function several(element, app) {
  const {state, words, choices} = app, {aps, walls, zones} = state.chosen;
  const chosen = [[aps.size, words.aps], [walls.size, words.walls], [zones.size, words.zones]].filter(([count]) => count).map(([count, what]) => `${what} ${count}`);
  element.append(make("h3", {}, chosen.join(" · ")));
  if (!app.mayEdit) return;
  if (walls.size) {
    const ends = [...walls].map(text => text.split(",").map(Number));
    const first = state.view.levels[state.level].walls.find(wall => walls.has(wall.ends.join()));
    element.append(field(words.material, chooser("material", choices.materials, first ? first.material : "", material => app.do("retype", {walls: ends, material}))));
    if (ends.length === 1) {
      const [x0, y0, x1, y1] = ends[0];
      const move = (at, value) => {
        const now = [x0, y0, x1, y1]; now[at] = value;
        app.choose({walls: [now.join()]});
        app.do("move_wall", {wall: ends[0], start_m: now.slice(0, 2), end_m: now.slice(2)});
      };
      ["x1", "y1", "x2", "y2"].forEach((name, at) => element.append(field(`${name} (m)`, number(name, ends[0][at], 0.1, value => move(at, value)))));
      if (first && first.openings) element.append(make("button", {type: "button", onclick: () => {
        const share = (first.openings[0][0] + first.openings[0][1]) / 2 / Math.hypot(x1 - x0, y1 - y0);
        app.do("no_door", {wall: ends[0], at_m: [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share]});
      }}, words.remove_opening));
    }
  }
  if (zones.size === 1) {
    const zone = state.view.zones.find(one => zones.has(one.name));
    if (zone) {
      const rename = make("input", {type: "text", name: "zone", value: zone.name, maxlength: 60, onchange: event => {
        app.choose({zones: [event.target.value]});
        app.do("name_zone", {name: zone.name, to: event.target.value});
      }});
      element.append(field(words.zone_name, rename), field(words.zone_kind, chooser("kind", choices.zone_kinds, zone.kind, kind => app.do("name_zone", {name: zone.name, to: zone.name, kind}))));
      if (zone.polygon.length <= 8) zone.polygon.forEach(([x, y], at) => ["x", "y"].forEach((axis, which) => element.append(
        field(`${axis}${at + 1} (m)`, number(`zone-${axis}${at + 1}`, [x, y][which], 0.1, value => app.do("move_zone", {
          name: zone.name, polygon_m: zone.polygon.map((corner, other) => other === at ? corner.map((old, one) => one === which ? value : old) : corner),
        }))))));
    }
  }
  element.append(make("div", {class: "buttons"}, make("button", {type: "button", onclick: () => app.remove()}, words.remove)));
}

function list(element, app) {
  const {state, words} = app;
  if (app.mayEdit && ["wall", "door", "window", "zone", "keepout", "scale", "add"].includes(state.tool)) typed(element, app);
  const rows = state.view.access_points.map(ap => make("li", {}, make("button", {type: "button", class: "row", onclick: () => {
    if (ap.level !== state.level) app.show({level: ap.level});
    app.choose({aps: [ap.name]});
  }}, `${ap.name}  ${ap.radios.map(radio => `${radio.band}: ${radio.channel}`).join("  ")}`)));
  element.append(make("h3", {}, `${words.aps} ${rows.length}`), rows.length ? make("ul", {class: "list"}, ...rows) : make("p", {class: "hint"}, words.none_yet));
  const zones = state.view.zones.filter(zone => zone.level === state.level).map(zone => make("li", {}, make("button", {
    type: "button", class: "row", onclick: () => app.choose({zones: [zone.name]}),
  }, state.zoneName(zone.name))));
  if (zones.length) element.append(make("h4", {}, `${words.zones} ${zones.length}`), make("ul", {class: "list"}, ...zones));
}

// What is drawn by hand can be typed: for the keyboard, and where metres are known.
function typed(element, app) {
  const {state, words, choices} = app, {tool} = state;
  element.append(make("h3", {}, words[`tool_${tool}`]), make("p", {class: "hint"}, words[`hint_${tool}`]));
  if (["wall", "door", "window"].includes(tool)) {
    if (tool === "wall") element.append(field(words.material, chooser("new-material", choices.materials, state.material, value => { state.material = value; })));
    else element.append(field(words.opening_width, number("opening-width", state.openingWidth, 0.1, value => { state.openingWidth = value; })));
  }
  if (tool === "zone") element.append(field(words.zone_kind, chooser("new-kind", choices.zone_kinds, state.zoneKind, value => { state.zoneKind = value; })));
  const names = tool === "add" || tool === "door" || tool === "window" ? ["x1", "y1"] : ["x1", "y1", "x2", "y2"];
  const inputs = names.map(name => make("input", {type: "number", name: `typed-${name}`, step: 0.1}));
  const length = make("input", {type: "number", name: "typed-length", step: 0.01, min: 0.01});
  names.forEach((name, at) => element.append(field(`${name} (m)`, inputs[at])));
  if (tool === "scale") element.append(field(words.true_length, length));
  element.append(make("div", {class: "buttons"}, make("button", {type: "button", onclick: () => {
    const [x0, y0, x1, y1] = inputs.map(input => Number(input.value));
    if (inputs.some(input => input.value === "")) return app.say(words.type_numbers);
    app.drawn(tool, tool === "zone" || tool === "keepout" ? [[x0, y0], [x1, y0], [x1, y1], [x0, y1]] : [[x0, y0], [x1, y1]].slice(0, names.length / 2), Number(length.value) || null);
  }}, words.draw)));
}
