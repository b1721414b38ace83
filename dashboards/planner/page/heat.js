// A layer as colours on a canvas, its legend, and the value under the pointer.

// Viridis in nine stops: told apart by colour-blind eyes, and darker where there is less, also in print.
const STOPS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"]
  .map(hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)));
const FEWER_IS_BETTER = new Set(["co_channel", "airtime"]);
export const UNIT = {signal: "dBm", second: "dBm", snr_down: "dB", snr_up: "dB", co_channel: "", rate: "Mbit/s", airtime: "%", people_p10: "%"};
const UNKNOWN = 255, STEPS = 254;

function colour(share) {
  const at = Math.min(0.9999, Math.max(0, share)) * (STOPS.length - 1), low = Math.floor(at), part = at - low;
  return STOPS[low].map((value, channel) => Math.round(value + (STOPS[low + 1][channel] - value) * part));
}

export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return {...head, steps: new Uint8Array(buffer, 4 + length)};
}

export function paint(canvas, picture, requiredDbm) {
  const {nx, ny, steps, layer} = picture;
  if (canvas.width !== nx || canvas.height !== ny) { canvas.width = nx; canvas.height = ny; }
  const context = canvas.getContext("2d"), image = context.createImageData(nx, ny), turned = FEWER_IS_BETTER.has(layer);
  const table = Array.from({length: STEPS + 1}, (_, step) => colour(turned ? 1 - step / STEPS : step / STEPS));
  for (let row = 0; row < ny; row++) for (let column = 0; column < nx; column++) {
    const step = steps[(ny - 1 - row) * nx + column], at = 4 * (row * nx + column);
    if (step === UNKNOWN) continue;
    const [red, green, blue] = table[step];
    image.data[at] = red; image.data[at + 1] = green; image.data[at + 2] = blue;
    // Below the requirement every other cell is lighter: seen without telling colours apart.
    const short = layer === "signal" && valueOf(picture, step) < requiredDbm && (row + column) % 2;
    image.data[at + 3] = short ? 120 : 235;
  }
  context.putImageData(image, 0, 0);
}

function valueOf(picture, step) { return picture.low + (picture.high - picture.low) * step / STEPS; }

export function valueAt(picture, x, y) {
  if (!picture) return null;
  const column = Math.floor((x - picture.x0) / picture.cell), row = Math.floor((y - picture.y0) / picture.cell);
  if (column < 0 || row < 0 || column >= picture.nx || row >= picture.ny) return null;
  const step = picture.steps[row * picture.nx + column];
  return step === UNKNOWN ? null : valueOf(picture, step);
}

export function said(layer, value) {
  if (value === null) return null;
  const shown = UNIT[layer] === "%" ? 100 * value : value;
  return `${Math.round(shown).toString().replace("-", "−")}${UNIT[layer] ? " " + UNIT[layer] : ""}`;
}

export function legend(element, picture, words) {
  const marks = 5, parts = [];
  for (let mark = 0; mark <= marks; mark++) {
    const share = mark / marks, value = picture.low + (picture.high - picture.low) * share;
    const [red, green, blue] = colour(FEWER_IS_BETTER.has(picture.layer) ? 1 - share : share);
    parts.push(`<span><i style="background:rgb(${red},${green},${blue})"></i>${said(picture.layer, value)}</span>`);
  }
  element.innerHTML = `<b></b>${parts.join("")}`;
  element.querySelector("b").textContent = words[`layer_${picture.layer}`];
}
