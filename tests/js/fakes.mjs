/** What stands in for the browser in these tests: a clock that is turned by hand, sockets that a test answers for. */

export class FakeClock {
  time = 0;
  #timers = new Map();
  #next = 1;

  now = () => this.time;

  after = (ms, run) => {
    const timer = this.#next++;
    this.#timers.set(timer, { due: this.time + ms, run });
    return timer;
  };

  cancel = (timer) => {
    this.#timers.delete(timer);
  };

  /** Let `ms` pass and run what falls due, in order. */
  pass(ms) {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { due }]) => due <= end).sort(([, a], [, b]) => a.due - b.due)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.time = due[1].due;
      due[1].run();
    }
    this.time = end;
  }
}

export class FakeSocket {
  onopen = null;
  onmessage = null;
  onclose = null;
  sent = [];
  closed = false;

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  hear(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  break(code = 1006) {
    this.onclose?.({ code });
  }
}

/** A page with a few empty elements, as far as the modules that only speak need one. */
export class FakePage {
  documentElement = { lang: "en" };

  constructor(...ids) {
    this.byId = Object.fromEntries(ids.map((id) => [id, new FakeElement()]));
  }

  getElementById = (id) => this.byId[id] ?? null;
  createElement = () => new FakeElement();
}

class FakeElement {
  textContent = "";
  children = [];
  #shown = false;

  get childElementCount() {
    return this.children.length;
  }

  append(...children) {
    this.replaceChildren(...this.children, ...children);
  }

  replaceChildren(...children) {
    this.children = children;
    for (const child of children) child.parent = this;
  }

  remove() {
    this.parent.children = this.parent.children.filter((child) => child !== this);
  }

  matches = () => this.#shown;

  showPopover() {
    this.#shown = true;
  }

  hidePopover() {
    this.#shown = false;
  }
}
