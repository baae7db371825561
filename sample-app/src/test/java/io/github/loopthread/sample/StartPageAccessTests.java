package io.github.loopthread.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

import org.springframework.core.io.ClassPathResource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for how the start page can be seen, read and operated, in a browser: on a phone,
 * in the dark, with a keyboard alone, by a screen reader.
 */
class StartPageAccessTests extends ShopInBrowser {

	private static final int PHONE = 360;

	@Test
	void fitsPhoneWithoutScrollingSideways() throws IOException {
		browser.emulate(PHONE, 740, "light", false);
		StartPage page = open();
		page.findAll("details:not([hidden]) summary").forEach(WebElement::click);
		page.change("reviews", "BROKEN");
		page.makePages();
		assertThat(page.script("return document.documentElement.scrollWidth")).isEqualTo((long) PHONE);
		assertThat((List<?>) page.script("""
				return [...document.querySelectorAll("body *:not(.scroll *):not(.visually-hidden)")]
					.filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
					.map((each) => each.outerHTML)
				""")).isEmpty();
		page.findAll("details[open] summary").forEach(WebElement::click);
		browser.photograph("phone");
	}

	@ParameterizedTest
	@CsvSource({ "light,'rgb(246, 246, 243)'", "dark,'rgb(18, 21, 23)'" })
	void everyTextCanBeReadInSchemeThatIsPreferred(String scheme, String background) throws IOException {
		browser.emulate(DESKTOP, 900, scheme, false);
		StartPage page = open();
		page.change("reviews", "BROKEN");
		page.press("fill");
		page.awaitText("#trouble-status", "3 are left");
		page.makePages();
		assertThat(page.script("return getComputedStyle(document.body).backgroundColor")).isEqualTo(background);
		page.findAll("details:not([hidden]) summary").forEach(WebElement::click);
		assertThat((List<?>) page.script(new ClassPathResource("contrast.js").getContentAsString(UTF_8))).isEmpty();
		page.findAll("details[open] summary").forEach(WebElement::click);
		browser.photograph(scheme);
	}

	@Test
	void nothingMovesWhereThatIsPreferred() {
		assertThat(animation(open())).isEqualTo("draw");
		browser.emulate(DESKTOP, 900, "light", true);
		assertThat(animation(open())).isEqualTo("none");
	}

	@Test
	void everythingCanBeReachedAndDoneWithKeyboardAlone() {
		StartPage page = open();
		List<String> names = new ArrayList<>();
		for (WebElement focused = tab(); !focused.getAccessibleName().equals("Make the page"); focused = tab()) {
			names.add(focused.getAccessibleName());
		}
		assertThat(names).containsExactly("Skip to the product page", "Deadline of the loop's page");
		page.script("""
				window.seen = [];
				new MutationObserver(() => window.seen.push(document.getElementById("verdict").textContent))
					.observe(document.getElementById("verdict"), { childList: true });
				""");
		focused().sendKeys(Keys.ENTER);
		await().untilAsserted(() -> assertThat((List<?>) page.script("return window.seen")).hasSize(2));
		assertThat((List<?>) page.script("return window.seen")).first().asString().contains("being made");
		page.awaitPages();
		assertThat(focused().getAccessibleName()).isEqualTo("Make the page");
		names.clear();
		for (WebElement focused = tab(); !focused.getTagName().equals("body"); focused = tab()) {
			names.add(focused.getAccessibleName());
			assertThat(focused.getCssValue("outline-style")).as(focused.getAccessibleName()).isNotEqualTo("none");
			if (focused.getAccessibleName().equals("stock")) {
				focused.sendKeys(Keys.ARROW_DOWN);
				page.awaitText("#services-note", "stock is slow now.");
			}
			if (focused.getAccessibleName().equals("Pause")) {
				focused.sendKeys(Keys.SPACE);
				assertThat(focused.getDomAttribute("aria-pressed")).isEqualTo("true");
			}
		}
		assertThat(names).containsSubsequence("The calls as a table", "The code", "The calls as a table", "The code",
				"product", "price", "stock", "reviews", "recommendations", "quotes", "All normal", "Block it for 3 s",
				"Leave 3 places for 10 s", "Give the places back", "Requests at once", "Send 200 requests", "Pause");
	}

	@Test
	void everythingHasNameAndRoleForScreenReaders() {
		StartPage page = open();
		page.script(
				"document.querySelectorAll('details').forEach((details) => { details.hidden = false; details.open = true; })");
		assertThat(page.findAll("button, select, a, progress, summary, [role='img'], [role='region']"))
			.allSatisfy((element) -> assertThat(element.getAccessibleName()).as(element.getDomProperty("outerHTML"))
				.isNotBlank());
		assertThat(page.find("#loop .waterfall").getAriaRole()).isEqualTo("image");
		assertThat(page.find("#loop .waterfall").getAccessibleName()).startsWith("Waterfall, ")
			.contains("recommendations answered, from");
		assertThat(page.find("#verdict").getAriaRole()).isEqualTo("status");
		assertThat(page.find("#progress").getAriaRole()).isEqualTo("progressbar");
		assertThat(page.texts("#loop tbody th")).contains("product", "views");
		assertThat(page.texts("#loop thead th")).contains("Service", "Outcome", "Thread", "On the page");
		assertThat(page.texts("h1")).hasSize(1);
		assertThat(page.findAll("main section:not([aria-labelledby])")).isEmpty();
	}

	private static WebElement tab() {
		focused().sendKeys(Keys.TAB);
		return focused();
	}

	private static WebElement focused() {
		return browser.driver().switchTo().activeElement();
	}

	private static String animation(StartPage page) {
		return (String) page.script("return getComputedStyle(document.querySelector('.bar')).animationName");
	}

}
