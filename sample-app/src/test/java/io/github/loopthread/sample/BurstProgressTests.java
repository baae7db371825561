package io.github.loopthread.sample;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Autowired;

import io.github.loopthread.LoopTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BurstProgressController}.
 */
class BurstProgressTests extends RunningShop {

	@Autowired
	private LoopTemplate loop;

	@Test
	void eachAnswerIsAnEventAndTheLastSaysHowItWent() {
		String events = events(50);
		assertThat(events.split("event:progress\n")).hasSize(201);
		assertThat(events).contains("\"done\":1,", "\"done\":100,")
			.containsPattern(
					"event:end\ndata:\\{\"requests\":200,\"done\":200,\"failed\":0,\"threads\":\\[\"loop-\\d+\"]");
	}

	@Test
	void requestsThatFailAreCountedAndTheOthersGoOn() {
		change("quotes/broken");
		assertThat(events(200)).contains("event:end\ndata:{\"requests\":200,\"done\":200,\"failed\":200,");
	}

	@Test
	void refusalIsAnEventSoThatBrowserDoesNotAskAgain() {
		this.client.put().uri("/loop/full").exchange().expectStatus().isOk();
		List<CompletableFuture<Object>> places = Stream.generate(() -> this.loop.submit(Mono.never()))
			.limit(3)
			.toList();
		try {
			assertThat(events(200)).isEqualTo("event:failed\ndata:refused, the shop is too busy, or closing\n\n");
		}
		finally {
			places.forEach((place) -> place.cancel(false));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "201", "all" })
	void numberThatCannotWorkIsRefused(String atOnce) {
		this.client.get().uri("/burst/progress?atOnce=" + atOnce).exchange().expectStatus().isBadRequest();
	}

	private String events(int atOnce) {
		return this.client.get()
			.uri("/burst/progress?atOnce=" + atOnce)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.returnResult()
			.getResponseBody();
	}

}
