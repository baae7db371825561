package io.github.loopthread.sample;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The start page in a browser, as a user deals with it.
 */
final class StartPage {

	private final Browser browser;

	private StartPage(Browser browser) {
		this.browser = browser;
	}

	/**
	 * Open the page and wait until it has made its first product page.
	 */
	static StartPage open(Browser browser, int port) {
		browser.driver().get("http://localhost:%d/".formatted(port));
		StartPage page = new StartPage(browser);
		page.awaitPages();
		return page;
	}

	StartPage makePages() {
		press("make");
		awaitPages();
		return this;
	}

	void press(String id) {
		find("#" + id).click();
	}

	void choose(String id, String value) {
		find("#%s option[value='%s']".formatted(id, value)).click();
	}

	/**
	 * Set a service to a mode and wait until it has it.
	 */
	void change(String service, String mode) {
		choose("service-" + service, mode);
		awaitText("#services-note", "%s is %s now.".formatted(service, mode.toLowerCase(Locale.ROOT)));
	}

	void awaitText(String selector, String text) {
		await().pollInterval(Duration.ofMillis(20)).untilAsserted(() -> assertThat(text(selector)).contains(text));
	}

	/**
	 * Choose a deadline and wait until it is in force.
	 */
	void chooseDeadline(long millis) {
		choose("deadline", String.valueOf(millis));
		await().pollInterval(Duration.ofMillis(20))
			.until(() -> script("return import('/js/deadline.js').then((module) => module.currentDeadline())")
				.equals(millis));
	}

	void awaitPages() {
		await().pollInterval(Duration.ofMillis(20)).until(() -> text("#verdict").startsWith("On the loop"));
	}

	WebElement find(String selector) {
		return this.browser.driver().findElement(By.cssSelector(selector));
	}

	List<WebElement> findAll(String selector) {
		return this.browser.driver().findElements(By.cssSelector(selector));
	}

	/**
	 * Return the text of an element, also where it cannot be seen.
	 */
	String text(String selector) {
		return (String) script("return document.querySelector(arguments[0]).textContent", selector);
	}

	List<String> texts(String selector) {
		return findAll(selector).stream().map(WebElement::getText).toList();
	}

	/**
	 * Return the time that a lane shows.
	 */
	double millis(String lane) {
		String[] total = text("#%s .total".formatted(lane)).split(" ");
		return Double.parseDouble(total[0]) * (total[1].equals("s") ? 1000 : 1);
	}

	Object script(String script, Object... arguments) {
		return this.browser.driver().executeScript(script, arguments);
	}

}
