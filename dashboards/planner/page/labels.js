// Where labels stand: none over another, over a symbol, or cut off; a room's name only inside its room. Pure, in pixels.

const SIDES = [[0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [-1, 1], [1, -1], [-1, -1]];

const touches = (a, b) => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
const within = (box, frame) => box.x0 >= frame.x0 && box.y0 >= frame.y0 && box.x1 <= frame.x1 && box.y1 <= frame.y1;
const boxOf = (x, y, wide, high) => ({x0: x - wide / 2, y0: y - high / 2, x1: x + wide / 2, y1: y + high / 2});

export function insidePolygon(x, y, corners) {
  let inside = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [xi, yi] = corners[i], [xj, yj] = corners[j];
    if ((yi > y) !== (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

function boxInside(box, corners) {
  const crosses = corners.some(([x, y]) => x > box.x0 && x < box.x1 && y > box.y0 && y < box.y1);
  const points = [];
  for (let step = 0; step <= 4; step++) {
    const x = box.x0 + (box.x1 - box.x0) * step / 4, y = box.y0 + (box.y1 - box.y0) * step / 4;
    points.push([x, box.y0], [x, box.y1], [box.x0, y], [box.x1, y]);
  }
  return !crosses && points.every(([x, y]) => insidePolygon(x, y, corners));
}

// symbols: [{x, y, r, text}], rooms: [{text, corners}], frame: {x0, y0, x1, y1}, size: text -> width in pixels.
// Returns {symbols: [{x, y, text} or null], rooms: [{x, y, text} or null]}: x, y is the middle of the text.
// `others` are boxes of anything else that is drawn and must be seen.
export function placed(symbols, rooms, frame, size, high, others = []) {
  const marks = symbols.map(one => boxOf(one.x, one.y, 2 * one.r, 2 * one.r)), taken = [...marks, ...others];
  const free = box => within(box, frame) && taken.every(other => !touches(box, other));
  const names = symbols.map(one => {
    for (const text of [one.text, one.short].filter(Boolean)) {
      const wide = size(text) + 4;
      for (const far of [0, 10, 22]) for (const [across, down] of SIDES) {
        const x = one.x + across * (one.r + wide / 2 + 2 + far), y = one.y + down * (one.r + high / 2 + 2 + far);
        const box = boxOf(x, y, wide, high);
        if (free(box)) { taken.push(box); return {x, y, text}; }
      }
    }
    return null;  // its name is in the list beside, and is said when it is chosen
  });
  const areas = rooms.map(({text, corners}) => {
    const wide = size(text) + 6, xs = corners.map(([x]) => x), ys = corners.map(([, y]) => y);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    let best = null;
    for (let i = 1; i < 12; i++) for (let j = 1; j < 12; j++) {
      const x = x0 + (x1 - x0) * i / 12, y = y0 + (y1 - y0) * j / 12, box = boxOf(x, y, wide, high);
      const off = Math.hypot(i - 6, j - 6);
      if ((!best || off < best.off) && free(box) && boxInside(box, corners)) best = {x, y, text, box, off};
    }
    if (best) taken.push(best.box);
    return best;
  });
  return {symbols: names, rooms: areas};
}
