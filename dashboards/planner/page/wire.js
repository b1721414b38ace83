// The WebSocket to the planner: edits in order, one map asked for at a time, and back again after the line or the server was gone.

import {decode} from "./heat.js";

export class Wire {
  constructor(token, lang, told) {
    this.token = token; this.lang = lang; this.told = told; this.seq = 0; this.asked = null; this.waiting = null; this.pending = [];
    this.open();
  }
  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = this.socket = new WebSocket(`${scheme}://${location.host}/planner/wire`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { socket.send(JSON.stringify({token: this.token, lang: this.lang})); this.asked = null; };
    socket.onmessage = event => this.heard(event.data);
    socket.onclose = event => {
      if (socket !== this.socket || this.ended) return;
      this.ready = false;
      this.told.lost(event.code);
      if (event.code !== 4401) this.again = setTimeout(() => this.open(), 1500);  // 4401: the page must sign a new token first
    };
  }
  renew(token, lang) {
    if (token === this.token && lang === this.lang) return;
    this.token = token;
    if (lang !== this.lang) { this.lang = lang; this.ready = false; this.socket.onclose = null; this.socket.close(); }
    if (!this.ready) { clearTimeout(this.again); this.open(); }
  }
  close() { this.ended = true; clearTimeout(this.again); this.socket.close(); }
  heard(data) {
    if (data instanceof ArrayBuffer) {
      const picture = decode(data), asked = this.asked;
      if (!asked || picture.seq !== asked.seq) return;  // a full map that was done just as the hand went on
      this.asked = null;
      this.told.picture(picture, asked);
      return this.next();
    }
    const said = JSON.parse(data);
    if (said.view) {
      if (!this.ready) { this.ready = true; this.told.back(); for (const text of this.pending) this.socket.send(text); this.next(); }
      this.told.view(said.view, said.by);
    } else if (said.refused !== undefined) {
      if (this.asked && said.seq === this.asked.seq) { this.asked = null; this.next(); }
      this.settle(said.seq);
      this.told.refused(said.refused);
    } else if (said.done !== undefined) this.settle(said.done);
  }
  settle(seq) { this.pending = this.pending.filter(text => JSON.parse(text).seq !== seq); }
  // The newest wish for a map wins: what was asked before and not yet sent is of no use to anybody.
  map(map, since) { this.waiting = {map, since}; this.next(); }
  next() {
    if (!this.ready || !this.waiting) return;
    // The hand does not wait for a full map: the server gives that one up.
    if (this.asked && !(this.asked.map.full && !this.waiting.map.full)) return;
    this.asked = {...this.waiting, seq: ++this.seq, sent: performance.now()};
    this.waiting = null;
    this.socket.send(JSON.stringify({map: this.asked.map, seq: this.asked.seq}));
  }
  // Edits that were not answered are kept, and sent again when the line is back.
  do(name, given = {}) {
    const text = JSON.stringify({do: name, given, seq: ++this.seq});
    this.pending.push(text);
    if (this.ready) this.socket.send(text);
  }
}
