import { demoAccess } from "../auth/demo-access.ts";
import { html } from "./html.ts";
import { renderPage } from "./layout.ts";

/** The sign-in form, filled in with the demo's operator. */
export function renderLoginPage(problem: string | null): string {
  const content = html`<section class="card narrow">
    <h1>Sign in</h1>
    ${problem === null ? null : html`<p class="notice red" role="alert">${problem}</p>`}
    <form method="post" action="/login" class="stack">
      <label
        >Username<input name="username" value="${demoAccess.username}" autocomplete="username" required
      /></label>
      <label
        >Password<input
          name="password"
          type="password"
          value="${demoAccess.password}"
          autocomplete="current-password"
          required
      /></label>
      <button class="primary">Sign in</button>
    </form>
    <p class="hint">
      This org runs on your machine. Its demo user is <code>${demoAccess.username}</code> with the password
      <code>${demoAccess.password}</code>, already filled in.
    </p>
  </section>`;
  return renderPage({ title: "Sign in", frame: null, content });
}
