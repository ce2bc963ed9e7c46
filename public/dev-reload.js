// Development builds only: reloads the page when `cargo xtask dev` has built a new release.

const mine = document.querySelector('meta[name="aisle-release"]').content;

async function look() {
  try {
    const answer = await fetch("/release.json", { cache: "no-store" });
    if (answer.ok && (await answer.json()).release !== mine) {
      location.reload();
      return;
    }
  } catch {
    // The server is restarting: ask again.
  }
  setTimeout(look, 700);
}

look();
