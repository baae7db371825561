package io.github.loopthread.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.openqa.selenium.StaleElementReferenceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what the start page shows and does, in a browser. Pictures of it are kept in
 * {@code target/screenshots}.
 */
class StartPageTests extends ShopInBrowser {

	@Test
	void showsBothWaysAndFasterOneAsFaster() {
		StartPage page = open();
		// A busy machine may pause in one of the pages, but not in each
		await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			page.makePages();
			assertThat(page.millis("loop")).isLessThan(page.millis("sequential"));
			assertThat(page.text("#verdict")).endsWith("times as fast.");
		});
		assertThat(page.text("#verdict")).doesNotContain("missing");
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
	void showsMissingPartsWhenServicesAreBroken() {
		StartPage page = open();
		page.change("price", "TRUNCATED");
		page.change("stock", "DOWN");
		page.change("reviews", "BROKEN");
		page.makePages();
		for (String lane : new String[] { "sequential", "loop" }) {
			assertThat(page.texts("#%s .call.error".formatted(lane))).satisfiesExactly(
					(price) -> assertThat(price).contains("price", "failed",
							"left out: broken, its answer cannot be read"),
					(stock) -> assertThat(stock).contains("stock", "failed", "left out: down, could not be reached"),
					(reviews) -> assertThat(reviews).contains("reviews", "failed",
							"left out: broken, answered with status 500"));
		}
		assertThat(page.text("#verdict")).contains("On the loop", "one after the other")
			.containsPattern("\\(3 of 6 parts missing\\).*\\(3 of 6 parts missing\\)");
		page.press("repair");
		page.awaitText("#services-note", "All services are normal.");
		assertThat(page.makePages().text("#verdict")).doesNotContain("missing");
	}

	@Test
	void showsDeadlineAndWhatItCutsOff() throws IOException {
		StartPage page = open();
		page.change("reviews", "TRUNCATED");
		page.change("recommendations", "SLOW");
		page.chooseDeadline(1000);
		// On a busy machine others may be late too, or the other page be there when we
		// look
		await().atMost(Duration.ofSeconds(60))
			.ignoreException(StaleElementReferenceException.class)
			.untilAsserted(() -> {
				page.awaitPages();
				page.press("make");
				// The other page takes its time
				await().until(() -> page.find("#loop").getDomAttribute("aria-busy") == null);
				assertThat(page.texts("#loop .call.timeout")).singleElement()
					.asString()
					.contains("recommendations", "timed out", "left out: too slow, not there within 1000ms");
				assertThat(page.findAll("#loop .deadline")).hasSize(1);
				assertThat(page.text("#loop .message p")).contains("/recommendations/7").contains("1000ms");
				assertThat(page.find("#sequential").getDomAttribute("aria-busy")).isEqualTo("true");
			});
		await().until(() -> figure(page, "Timed out") >= 1);
		page.find("#loop .message summary").click();
		assertThat(page.find("#loop .message p").getText()).contains("/recommendations/7").contains("1000ms");
		browser.photograph("trouble");
	}

	@Test
	void showsRefusalWhenLimitIsReached() {
		StartPage page = open();
		// A call that ends before the last is made leaves its place to that
		await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			page.press("fill");
			page.awaitText("#trouble-status", "3 are left");
			page.makePages();
			assertThat(page.findAll("#loop .call.rejected")).isNotEmpty();
			assertThat(page.text("#verdict")).endsWith("times as fast, but is less complete.");
		});
		assertThat(page.texts("#loop .call.rejected"))
			.allSatisfy((call) -> assertThat(call).contains("refused at once, on no thread", "left out: refused"));
		assertThat(page.text("#loop .message p")).contains("loop.max-concurrent-tasks");
		assertThat(page.text("#verdict")).containsPattern("On the loop .* \\([1-3] of 6 parts missing\\)");
		await().until(() -> figure(page, "Refused") >= 1);
		assertThat(figure(page, "Tasks in flight")).isPositive();
		page.press("empty");
		page.awaitText("#trouble-status", "The places are free again.");
	}

	@Test
	void showsWhatBlocksLoopWhileCallersLeaveAtTheirDeadline() {
		StartPage page = open();
		page.chooseDeadline(300);
		// On a busy machine it may be free again before the page is made
		await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			page.press("block");
			page.awaitText("#trouble-status", "The loop is blocked for 3 s.");
			page.makePages();
			assertThat(page.text("#loop .caller")).contains("It has no page: too slow, not there within 300ms.");
			assertThat(page.text("#loop .message p")).contains("BlockedLoopController");
		});
		assertThat(page.text("#verdict")).contains("(no page)");
		await().until(() -> this.loopThread.blockedIn() == null);
	}

	@Test
	void choiceThatShopDoesNotTakeIsTakenBack() {
		StartPage page = open();
		page.script("window.fetch = () => Promise.reject(new Error('not today'))");
		page.choose("service-reviews", "BROKEN");
		page.awaitText("#services-note", "Not done: not today");
		assertThat(page.find("#service-reviews").getDomProperty("value")).isEqualTo("NORMAL");
		page.choose("deadline", "300");
		page.awaitText("#verdict", "The deadline was not changed: not today");
		assertThat(page.find("#deadline").getDomProperty("value")).isEqualTo("20000");
	}

	@Test
	void everythingComesFromTheShopItself() {
		StartPage page = open();
		assertThat((List<?>) page.script("return performance.getEntriesByType('resource').map((each) => each.name)"))
			.hasSizeGreaterThan(20)
			.allSatisfy((name) -> assertThat(name).asString()
				.startsWith((String) page.script("return location.origin") + "/"));
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
		assertThat(page.texts("#figures dt")).containsExactly("Tasks in flight", "Lag", "Busy", "Connections in use",
				"Refused", "Timed out");
		assertThat(page.texts("#figures dd span")).allSatisfy((value) -> assertThat(value).matches("\\d+"));
		page.press("pause");
		assertThat(page.find("#pause").getDomAttribute("aria-pressed")).isEqualTo("true");
		// Longer than from one reading to the next, of which one may have been under way
		await().atMost(Duration.ofSeconds(30)).during(Duration.ofMillis(1500)).until(() -> standsStill(page));
		page.press("pause");
		await().until(() -> !standsStill(page));
	}

	private static List<Double> widths(StartPage page, String lane) {
		return page.findAll("#%s .bar".formatted(lane)).stream().map((bar) -> (double) bar.getRect().width).toList();
	}

	private static int figure(StartPage page, String name) {
		List<String> names = page.texts("#figures dt");
		String value = page.texts("#figures dd span").get(names.indexOf(name));
		return value.matches("\\d+") ? Integer.parseInt(value) : -1;
	}

	private static boolean standsStill(StartPage page) {
		return (boolean) page.script(
				"return window.line === (window.line = document.querySelector('#figures .line').getAttribute('d'))");
	}

	private static int drawn(StartPage page) {
		String line = page.find("#figures .line").getDomAttribute("d");
		return (line != null) ? line.split("L").length : 0;
	}

}
