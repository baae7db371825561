package io.github.loopthread.sample;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;

import io.github.loopthread.LoopTaskListener.Outcome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link WaterfallController} and for what troubles the calls that it shows.
 */
class WaterfallTests extends RunningShop {

	private static final String[] CALLS = { "product", "price", "stock", "reviews", "recommendations", "views" };

	@Autowired
	private PageViews views;

	@Test
	void callsOnLoopBeginBeforeAnyHasEnded() throws Exception {
		Waterfall waterfall = onLoopThatIsHeldUntilPageWaits();
		assertThat(waterfall.page().product().name()).isEqualTo("Garden chair 7");
		assertThat(waterfall.calls()).extracting(Call::name).containsExactly(CALLS);
		assertThat(waterfall.calls()).allSatisfy((call) -> {
			assertThat(call.outcome()).isEqualTo(Outcome.SUCCESS);
			assertThat(call.thread()).startsWith("loop-");
			assertThat(call.started()).isGreaterThanOrEqualTo(call.asked());
			assertThat(call.ended()).isBetween(call.started(), waterfall.millis());
		});
		assertThatEachTookItsLatency(waterfall);
		double lastAsked = waterfall.calls().stream().mapToDouble(Call::asked).max().orElseThrow();
		assertThat(waterfall.calls()).allSatisfy((call) -> assertThat(call.ended()).isGreaterThanOrEqualTo(lastAsked));
	}

	@Test
	void sequentialCallsBeginWhenTheOneBeforeHasEnded() {
		Waterfall waterfall = sequential();
		assertThat(waterfall.calls()).extracting(Call::name).containsExactly(CALLS);
		double before = 0;
		for (Call call : waterfall.calls()) {
			assertThat(call.outcome()).isEqualTo(Outcome.SUCCESS);
			assertThat(call.thread()).isEqualTo(waterfall.thread());
			assertThat(call.asked()).isGreaterThanOrEqualTo(before);
			before = call.ended();
		}
		assertThatEachTookItsLatency(waterfall);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/products/7/waterfall", "/products/7/sequential/waterfall" })
	void callThatFailsSaysWhy(String path) {
		change("reviews/broken");
		Waterfall waterfall = waterfall(path);
		assertThat(call(waterfall, "reviews").outcome()).isEqualTo(Outcome.ERROR);
		assertThat(call(waterfall, "reviews").problem()).isEqualTo("broken, answered with status 500");
		assertThat(waterfall.page().reviews().problem()).contains("status 500");
		assertThat(call(waterfall, "price").outcome()).isEqualTo(Outcome.SUCCESS);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/products/7/waterfall", "/products/7/sequential/waterfall" })
	void withoutProductThereIsNoPage(String path) {
		change("product/down");
		Waterfall waterfall = waterfall(path);
		assertThat(waterfall.page()).isNull();
		assertThat(waterfall.problem()).startsWith("down");
	}

	@Test
	void callIsLeftOutWhenDeadlinePassesAndItsExceptionSaysWhatItWaitedFor() {
		deadline("2s");
		change("recommendations/slow");
		Waterfall waterfall = onLoop();
		Call call = call(waterfall, "recommendations");
		assertThat(call.outcome()).isEqualTo(Outcome.TIMEOUT);
		assertThat(call.ended()).isGreaterThanOrEqualTo(2000);
		assertThat(call.problem()).isEqualTo("too slow, not there within 2000ms");
		assertThat(call.message()).contains("/recommendations/7");
		assertThat(waterfall.page().stock().value()).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "9ms", "31s", "-1s", "soon" })
	void deadlineThatCannotWorkIsRefused(String deadline) {
		deadline("2s");
		this.client.put().uri("/deadline/" + deadline).exchange().expectStatus().isBadRequest();
		this.client.get().uri("/deadline").exchange().expectBody(String.class).isEqualTo("{\"millis\":2000}");
	}

	@Test
	void threePlacesAreLeftWhenLoopIsFilled() throws Exception {
		this.client.put().uri("/loop/full").exchange().expectStatus().isOk();
		Waterfall waterfall = onLoopThatIsHeldUntilPageWaits();
		assertThat(waterfall.calls()).extracting(Call::outcome)
			.containsExactly(Outcome.SUCCESS, Outcome.SUCCESS, Outcome.SUCCESS, Outcome.REJECTED, Outcome.REJECTED,
					Outcome.REJECTED);
		Call refused = waterfall.calls().get(3);
		assertThat(refused.started()).isNull();
		assertThat(refused.thread()).isNull();
		assertThat(refused.problem()).startsWith("refused");
		assertThat(refused.message()).contains("loop.max-concurrent-tasks");
		this.client.delete().uri("/loop/full").exchange().expectStatus().isNoContent();
		await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
	}

	@Test
	void callersLeaveBlockedLoopAtTheirDeadline() {
		deadline("300ms");
		this.client.put().uri("/loop/blocked").exchange().expectStatus().isAccepted();
		await().until(() -> this.loopThread.blockedIn() != null);
		Waterfall waterfall = onLoop();
		assertThat(waterfall.page()).isNull();
		assertThat(waterfall.millis()).isBetween(300.0, 2500.0);
		assertThat(waterfall.message()).contains("BlockedLoopController");
		assertThat(call(waterfall, "product").started()).isNull();
		await().untilAsserted(() -> assertThat(this.loopThread.blockedIn()).isNull());
	}

	@ParameterizedTest
	@ValueSource(strings = { "/loop/blocked", "/loop/full", "/upstreams/stock/down", "/deadline/1s" })
	void pagesOfOtherSitesCannotDoHarm(String path) {
		this.client.get().uri(path).exchange().expectStatus().is4xxClientError();
		this.client.post().uri(path).exchange().expectStatus().is4xxClientError();
		// What a browser asks before it sends a PUT for another site
		this.client.options()
			.uri(path)
			.header("Origin", "http://elsewhere.example")
			.header("Access-Control-Request-Method", "PUT")
			.exchange()
			.expectHeader()
			.doesNotExist("Access-Control-Allow-Origin");
	}

	@Test
	void pagesThatNobodyRecordsAreNotMeasured() {
		this.views.countBlocking("unrecorded");
		assertThat(onLoop().calls()).hasSize(CALLS.length);
	}

	private void assertThatEachTookItsLatency(Waterfall waterfall) {
		Map<String, Upstream> services = Map.of("product", Upstream.PRODUCT, "price", Upstream.PRICE, "stock",
				Upstream.STOCK, "reviews", Upstream.REVIEWS, "recommendations", Upstream.RECOMMENDATIONS);
		services.forEach((name, upstream) -> {
			Call call = call(waterfall, name);
			// The service's clock and ours tick differently
			assertThat(call.ended() - call.asked()).as(name).isGreaterThanOrEqualTo(upstream.latency().toMillis() - 2);
		});
	}

	/**
	 * Make a page that has asked for its calls before the loop comes to the first of
	 * them.
	 */
	private Waterfall onLoopThatIsHeldUntilPageWaits() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		this.loopThread.eventLoopGroup().submit(() -> release.await(20, TimeUnit.SECONDS));
		try {
			CompletableFuture<Waterfall> page = CompletableFuture.supplyAsync(this::onLoop);
			await().until(() -> this.loopThread.waitingCallers() > 0);
			release.countDown();
			return page.get(20, TimeUnit.SECONDS);
		}
		finally {
			release.countDown();
		}
	}

	private Waterfall onLoop() {
		return waterfall("/products/7/waterfall");
	}

	private Waterfall sequential() {
		return waterfall("/products/7/sequential/waterfall");
	}

	private Waterfall waterfall(String path) {
		return this.client.get()
			.uri(path)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(Waterfall.class)
			.returnResult()
			.getResponseBody();
	}

	private static Call call(Waterfall waterfall, String name) {
		List<Call> calls = waterfall.calls().stream().filter((call) -> call.name().equals(name)).toList();
		assertThat(calls).as(name).hasSize(1);
		return calls.get(0);
	}

}
