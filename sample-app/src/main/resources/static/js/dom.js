// Elements without a template engine. Text is always set as text
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) {
      made[key] = value;
    }
    else {
      made.setAttribute(key, value);
    }
  }
  made.append(...children);
  return made;
}

export const byId = (id) => document.getElementById(id);

// One press at a time. The button keeps the focus, which one that is disabled would lose
export function onPress(button, work) {
  const press = async () => {
    if (button.getAttribute("aria-disabled") === "true") {
      return;
    }
    button.setAttribute("aria-disabled", "true");
    try {
      await work();
    }
    finally {
      button.removeAttribute("aria-disabled");
    }
  };
  button.addEventListener("click", press);
  return press;
}

// What a press comes to, or why it does not, in a region that is read out
export async function tell(region, work) {
  try {
    region.textContent = await work();
  }
  catch (error) {
    region.textContent = `Not done: ${error.message}`;
  }
}
