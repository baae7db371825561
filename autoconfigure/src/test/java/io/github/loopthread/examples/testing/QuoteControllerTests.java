package io.github.loopthread.examples.testing;

import java.time.Duration;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.test.LoopLeftoversExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * The unit test of {@code docs/testing.md}.
 */
@Timeout(60)
// Mockito's agent keeps a socket
@Tag(NothingLeftExtension.OTHER_CLIENTS)
@ExtendWith(LoopLeftoversExtension.class)
class QuoteControllerTests {

	private final Quotes quotes = mock();

	private final QuoteController controller = new QuoteController(LoopOperations.direct(), this.quotes);

	@Test
	void quoteComesWithoutAnAuthorThatFails() {
		given(this.quotes.text(7)).willReturn(Mono.just("Simple things should be simple"));
		given(this.quotes.author(7)).willReturn(Mono.error(new IllegalStateException("down")));
		assertThat(this.controller.quote(7)).isEqualTo("Simple things should be simple (unknown)");
	}

	@Test
	void thereIsNoQuoteWithoutText() {
		given(this.quotes.text(7)).willReturn(Mono.error(new IllegalStateException("down")));
		given(this.quotes.author(7)).willReturn(Mono.never());
		assertThatIllegalStateException().isThrownBy(() -> this.controller.quote(7)).withMessage("down");
	}

	@Test
	void textThatNeverComesIsNotWaitedForLongerThanTheTimeout() {
		QuoteController impatient = new QuoteController(LoopOperations.direct().withTimeout(Duration.ofMillis(20)),
				this.quotes);
		given(this.quotes.text(7)).willReturn(Mono.never());
		given(this.quotes.author(7)).willReturn(Mono.never());
		assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(() -> impatient.quote(7));
	}

	@Test
	void operationsCanBeMockedToo() {
		LoopOperations loop = mock();
		given(loop.withName("greeting")).willReturn(loop);
		given(loop.execute(anyMono())).willReturn("Hello");
		assertThat(loop.withName("greeting").execute(Mono.just("not even subscribed"))).isEqualTo("Hello");
	}

	// Its return type chooses between the overloads of execute
	private static Mono<String> anyMono() {
		return any();
	}

}
