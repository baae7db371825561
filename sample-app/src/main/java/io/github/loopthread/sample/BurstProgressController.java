package io.github.loopthread.sample;

import java.io.IOException;
import java.util.stream.Stream;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.sample.QuoteRequests.Received;

/**
 * Two hundred requests, with an event for each answer as it comes and one at the end. A
 * browser that saw the connection end without that one would ask again.
 */
@RestController
class BurstProgressController {

	private final LoopTemplate loop;

	private final QuoteRequests requests;

	private final AsyncTaskExecutor executor;

	BurstProgressController(LoopTemplate loop, QuoteRequests requests,
			@Qualifier("applicationTaskExecutor") AsyncTaskExecutor executor) {
		this.loop = loop.withName("burst with progress");
		this.requests = requests;
		this.executor = executor;
	}

	@GetMapping(path = "/burst/progress", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	SseEmitter progress(@RequestParam(defaultValue = "200") int atOnce) {
		if (atOnce < 1 || atOnce > QuoteRequests.COUNT) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST,
					"From 1 to %d requests at once, not %d".formatted(QuoteRequests.COUNT, atOnce));
		}
		SseEmitter emitter = new SseEmitter();
		this.executor.execute(() -> send(atOnce, emitter));
		return emitter;
	}

	private void send(int atOnce, SseEmitter emitter) {
		BurstProgress progress = new BurstProgress();
		try (Stream<Received> stream = this.loop.stream(this.requests.sendEach(atOnce))) {
			for (Received received : (Iterable<Received>) stream::iterator) {
				progress.add(received);
				emitter.send(SseEmitter.event().name("progress").data(progress.state()));
			}
			emitter.send(SseEmitter.event().name("end").data(progress.state()));
			emitter.complete();
		}
		catch (IOException ex) {
			// The browser has gone, and the container ends the request
		}
		catch (Throwable ex) {
			fail(emitter, ex);
		}
	}

	private static void fail(SseEmitter emitter, Throwable failure) {
		try {
			emitter.send(SseEmitter.event().name("failed").data(Reason.of(failure)));
			emitter.complete();
		}
		catch (IOException | IllegalStateException ex) {
			emitter.completeWithError(failure);
		}
	}

}
