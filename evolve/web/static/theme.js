// Runs before anything is drawn, so that a chosen theme does not come with a flash of the other one.
const chosen = localStorage.getItem("theme");
if (chosen) document.documentElement.dataset.theme = chosen;
