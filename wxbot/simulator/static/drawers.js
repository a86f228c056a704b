// On narrow screens the side columns are drawers over the phone; one open at a time.

import { byId } from "./dom.js";

const WIDE = "(min-width: 1100px)";

export class Drawers {
  #open = null;
  #before = null;
  #wide = window.matchMedia(WIDE);

  constructor() {
    for (const name of ["people", "panel"]) byId(`open-${name}`).addEventListener("click", () => this.toggle(name));
    for (const button of document.querySelectorAll("[data-close-drawer]")) button.addEventListener("click", () => this.close());
    byId("scrim").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.#wide.addEventListener("change", () => { this.#open = null; this.#draw(); });
    this.#draw();
  }

  toggle(name) {
    this.#before = document.activeElement;
    this.#open = this.#open === name ? null : name;
    this.#draw();
    if (this.#open) byId(name).querySelector("input, button")?.focus({ preventScroll: true });
  }

  close() {
    if (!this.#open) return;
    this.#open = null;
    this.#draw();
    this.#before?.focus?.();
  }

  #draw() {
    for (const name of ["people", "panel"]) {
      const open = this.#open === name;
      const column = byId(name);
      column.classList.toggle("open", open);
      column.inert = !open && !this.#wide.matches; // a closed drawer takes no focus
      byId(`open-${name}`).setAttribute("aria-expanded", String(open));
    }
    byId("phone").inert = this.#open !== null;
    byId("scrim").hidden = this.#open === null;
  }
}
