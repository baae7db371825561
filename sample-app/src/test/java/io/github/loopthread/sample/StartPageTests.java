package io.github.loopthread.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.io.ClassPathResource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the start page, in a browser. Pictures of it are kept in
 * {@code target/screenshots}.
 */
@Tag("browser")
@ExtendWith(BrowserCondition.class)
class StartPageTests extends RunningShop {

	private static final int DESKTOP = 1280;

	private static final int PHONE = 360;

	private static Browser browser;

	@LocalServerPort
	private int port;

	@BeforeAll
	static void startBrowser() {
		browser = Browser.start();
	}

	@AfterAll
	static void endBrowser() {
		browser.close();
	}

	@BeforeEach
	void useDesktop() {
		browser.emulate(DESKTOP, 900, "light", false);
	}

	@AfterEach
	void consoleHasNoErrors() {
		List<String> complaints = browser.complaints();
		// Nothing goes on while the next test prepares
		browser.driver().get("about:blank");
		assertThat(complaints).isEmpty();
	}

	@Test
	void showsBothWaysAndFasterOneAsFaster() {
		StartPage page = open().makePages();
		assertThat(page.millis("loop")).isLessThan(page.millis("sequential"));
		assertThat(page.text("#verdict")).endsWith("times as fast.").doesNotContain("missing");
		for (String lane : new String[] { "sequential", "loop" }) {
			assertThat(page.texts("#%s .call .name".formatted(lane))).containsExactly("product", "price", "stock",
					"reviews", "recommendations", "views");
			assertThat(page.texts("#%s .call .note b".formatted(lane))).hasSize(6).containsOnly("answered");
			assertThat(widths(page, lane)).allSatisfy((width) -> assertThat(width).isPositive());
		}
		assertThat(page.texts("#loop .note")).allSatisfy((note) -> assertThat(note).contains("on loop-"));
		assertThat(page.texts("#sequential .note")).allSatisfy((note) -> assertThat(note).doesNotContain("on loop-"));
	}

	@Test
	void showsMissingPartWhenServiceIsBroken() {
		StartPage page = open();
		page.change("reviews", "BROKEN");
		page.makePages();
		for (String lane : new String[] { "sequential", "loop" }) {
			assertThat(page.texts("#%s .call.error".formatted(lane))).singleElement()
				.asString()
				.contains("reviews", "failed", "left out: broken, answered with status 500");
		}
		assertThat(page.text("#verdict")).contains("(1 of 6 parts missing)");
		page.press("repair");
		page.awaitText("#services-note", "All services are normal.");
		assertThat(page.makePages().text("#verdict")).doesNotContain("missing");
	}

	@Test
	void showsDeadlineAndWhatItCutsOff() throws IOException {
		StartPage page = open();
		page.change("reviews", "TRUNCATED");
		page.change("recommendations", "SLOW");
		page.choose("deadline", "1000");
		page.press("make");
		// The other page takes its time
		await().until(() -> page.findAll("#loop .call.timeout").size() == 1);
		assertThat(page.find("#loop .call.timeout").getText()).contains("recommendations", "timed out",
				"left out: too slow, not there within 1000ms");
		assertThat(page.findAll("#loop .deadline")).hasSize(1);
		assertThat(page.find("#sequential").getDomAttribute("aria-busy")).isEqualTo("true");
		page.find("#loop .message summary").click();
		assertThat(page.find("#loop .message p").getText()).contains("/recommendations/7").contains("1000ms");
		browser.photograph("trouble");
	}

	@Test
	void showsRefusalWhenLimitIsReached() {
		StartPage page = open();
		page.press("fill");
		page.awaitText("#trouble-status", "3 are left");
		page.makePages();
		// A call that ends before the last is made leaves its place to that
		assertThat(page.texts("#loop .call.rejected")).isNotEmpty()
			.allSatisfy((call) -> assertThat(call).contains("refused at once, on no thread", "left out: refused"));
		assertThat(page.text("#loop .message p")).contains("loop.max-concurrent-tasks");
		assertThat(page.text("#verdict")).containsPattern("On the loop .* \\([1-3] of 6 parts missing\\)");
		await().until(() -> figure(page, "Refused") >= 1);
		assertThat(figure(page, "Tasks in flight")).isPositive();
		page.press("empty");
		page.awaitText("#trouble-status", "The places are free again.");
	}

	@Test
	void progressGoesTo200() {
		StartPage page = open();
		page.script("""
				window.seen = [];
				new MutationObserver(() => window.seen.push(document.getElementById("progress").value))
					.observe(document.getElementById("progress-text"), { childList: true });
				""");
		page.choose("at-once", "20");
		page.press("burst");
		page.awaitText("#burst-status", "200 requests ended in");
		assertThat(page.text("#burst-status")).containsPattern("all on loop-\\d+\\.$");
		assertThat(page.text("#progress-text")).isEqualTo("200 of 200");
		List<?> seen = (List<?>) page.script("return window.seen");
		assertThat(seen.get(seen.size() - 1)).isEqualTo(200L);
		assertThat(seen.stream().distinct().count()).isGreaterThan(5);
	}

	@Test
	void showsHowManyOfTheRequestsFailed() {
		StartPage page = open();
		page.change("quotes", "BROKEN");
		page.press("burst");
		page.awaitText("#burst-status", "200 of them failed.");
		assertThat(page.text("#progress-text")).isEqualTo("200 of 200");
	}

	@Test
	void figuresOfLoopAreLiveUntilTheyArePaused() {
		StartPage page = open();
		await().until(() -> drawn(page) > 1);
		assertThat(page.texts("#figures dt")).hasSize(6);
		assertThat(page.texts("#figures dd span")).allSatisfy((value) -> assertThat(value).matches("\\d+"));
		page.press("pause");
		assertThat(page.find("#pause").getDomAttribute("aria-pressed")).isEqualTo("true");
	}

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
		assertThat((List<?>) page.script(new ClassPathResource("contrast.js").getContentAsString(UTF_8))).isEmpty();
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
		browser.driver().switchTo().activeElement().sendKeys(Keys.ENTER);
		page.awaitText("#verdict", "being made");
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

	private StartPage open() {
		return StartPage.open(browser, this.port);
	}

	private static WebElement tab() {
		focused().sendKeys(Keys.TAB);
		return focused();
	}

	private static WebElement focused() {
		return browser.driver().switchTo().activeElement();
	}

	private static List<Double> widths(StartPage page, String lane) {
		return page.findAll("#%s .bar".formatted(lane)).stream().map((bar) -> (double) bar.getRect().width).toList();
	}

	private static int figure(StartPage page, String name) {
		List<String> names = page.texts("#figures dt");
		String value = page.texts("#figures dd span").get(names.indexOf(name));
		return value.matches("\\d+") ? Integer.parseInt(value) : -1;
	}

	private static int drawn(StartPage page) {
		String line = page.find("#figures .line").getDomAttribute("d");
		return (line != null) ? line.split("L").length : 0;
	}

	private static String animation(StartPage page) {
		return (String) page.script("return getComputedStyle(document.querySelector('.bar')).animationName");
	}

}
