// Everything works without this file; with it the theme can be chosen and running campaigns are shown live.
"use strict";

// The theme: the system's, light or dark.
{
  const THEMES = ["system", "light", "dark"];
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const show = () => { button.textContent = `Theme: ${root.dataset.theme || "system"}`; };
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme || "system") + 1) % THEMES.length];
    if (next === "system") {
      delete root.dataset.theme;
      localStorage.removeItem("theme");
    } else {
      root.dataset.theme = next;
      localStorage.setItem("theme", next);
    }
    show();
  });
}
