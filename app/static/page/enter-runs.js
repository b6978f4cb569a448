// Enter in a prompt presses the page's Run button.

const COMMIT_MS = 60; // Streamlit takes the text first

addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.repeat) return;
  if (!event.target.matches?.('input[aria-label="Prompt"]')) return;
  setTimeout(() => document.querySelector(".st-key-run button")?.click(), COMMIT_MS);
});
