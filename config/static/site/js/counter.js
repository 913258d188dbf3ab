/** Counts what is typed into fields that have a limit. */

for (const count of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-counts]"))) {
  const field = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (
    document.getElementById(count.dataset.counts ?? "")
  );
  const most = Number(count.dataset.most);
  const show = () => {
    // Characters as a person and the server count them, not UTF-16 units.
    const typed = [...field.value].length;
    count.textContent = `${typed} / ${most}`;
    count.classList.toggle("is-over", typed > most);
  };
  field.addEventListener("input", show);
  count.hidden = false;
  show();
}
