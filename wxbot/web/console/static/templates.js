/* The template editor: a tap on a variable writes it where the cursor was. Everything works without it too. */
"use strict";
(() => {
  const form = document.querySelector("form[data-editor]");
  if (!form) return;
  const takes = (field) => field.matches("textarea, input[name$='.value'], input[name^='fallback.']");
  let last = form.querySelector("textarea[name='text']");
  form.addEventListener("focusin", (event) => {
    if (takes(event.target)) last = event.target;
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button || !last) return;
    last.focus();
    last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
