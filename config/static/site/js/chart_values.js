/** A chart says its values under the pointer and, with the arrow keys, one after the other; its table has them all. */

import { slot } from "./parts.js";

const SVG = "http://www.w3.org/2000/svg";

/** @param {HTMLElement} figure */
export function startChart(figure) {
  const drawing = /** @type {SVGSVGElement | null} */ (figure.querySelector("svg.chart"));
  const rows = [...figure.querySelectorAll("tbody tr")];
  if (!drawing || !rows.length || figure.dataset.chart === "started") return;
  figure.dataset.chart = "started";
  const names = [...figure.querySelectorAll("thead th")].slice(1).map((cell) => cell.textContent?.trim() ?? "");
  const { left, right, top, bottom } = Object.fromEntries(
    Object.entries(drawing.dataset).map(([name, value]) => [name, Number(value)]),
  );
  const words = slot(figure, "value");
  const cursor = document.createElementNS(SVG, "line");
  cursor.setAttribute("class", "chart__cursor");
  cursor.setAttribute("y1", String(top));
  cursor.setAttribute("y2", String(bottom));
  let place = rows.length - 1;

  /** @param {number} index */
  const show = (index) => {
    place = Math.max(0, Math.min(rows.length - 1, index));
    const x = left + ((right - left) / rows.length) * (place + 0.5);
    cursor.setAttribute("x1", String(x));
    cursor.setAttribute("x2", String(x));
    drawing.append(cursor);
    const cells = [...rows[place].children].map((cell) => cell.textContent?.trim() ?? "");
    words.textContent = [cells[0], ...names.map((name, number) => `${name} ${cells[number + 1]}`)].join(" · ");
    drawing.setAttribute("aria-valuenow", String(place + 1));
    drawing.setAttribute("aria-valuetext", words.textContent);
  };
  const hide = () => {
    cursor.remove();
    words.textContent = "";
  };

  // A slider is what a screen reader knows that has a value and moves by the arrow keys.
  drawing.setAttribute("role", "slider");
  drawing.setAttribute("tabindex", "0");
  drawing.setAttribute("aria-label", figure.querySelector(".figure__title")?.textContent ?? "");
  drawing.setAttribute("aria-valuemin", "1");
  drawing.setAttribute("aria-valuemax", String(rows.length));
  drawing.setAttribute("aria-valuenow", String(rows.length));
  drawing.setAttribute("aria-valuetext", drawing.querySelector("desc")?.textContent ?? "");
  // The browser's own hint would lie over ours.
  drawing.querySelector(":scope > title")?.remove();
  for (const hint of drawing.querySelectorAll("rect > title")) hint.remove();
  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * drawing.viewBox.baseVal.width;
    show(Math.floor(((x - left) / (right - left)) * rows.length));
  });
  drawing.addEventListener("pointerleave", hide);
  drawing.addEventListener("blur", hide);
  drawing.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    const to = { Home: 0, End: rows.length - 1 }[event.key] ?? (step ? place + (words.textContent ? step : 0) : undefined);
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
}
