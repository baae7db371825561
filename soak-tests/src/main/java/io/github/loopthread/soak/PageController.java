package io.github.loopthread.soak;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * The page under load: 14 calls of every kind, of which five are requests to the
 * upstream. It fails with the first that has no value.
 */
@RestController
class PageController {

	private final Calls calls;

	private final InterruptibleCallers callers;

	PageController(Calls calls, InterruptibleCallers callers) {
		this.calls = calls;
		this.callers = callers;
	}

	@GetMapping("/pages/{id}")
	ResponseEntity<String> page(@PathVariable String id) {
		try {
			this.callers.run(() -> assemble(id));
			return ResponseEntity.ok(id);
		}
		catch (Throwable ex) {
			if (Outcome.isOurs(ex) && !(ex instanceof PageFailedException)) {
				// Whose status is the starter's affair
				throw ex;
			}
			return ResponseEntity.status(HttpStatus.BAD_GATEWAY).body(id);
		}
		finally {
			CallerValues.clear();
		}
	}

	private void assemble(String id) {
		this.calls.executeStage(id + ".stage");
		List<CompletableFuture<?>> submitted = Stream
			.<CompletableFuture<?>>concat(Stream.of(this.calls.submit(id + ".submit")),
					this.calls.submitFour(id + ".four"))
			.toList();
		this.calls.execute(id + ".execute");
		this.calls.fanOut(id + ".fork");
		this.calls.stream(id + ".stream");
		this.calls.lease(id + ".lease");
		this.calls.executeTimer(id + ".timer");
		this.calls.executeStage(id + ".last");
		submitted.forEach(this.calls::await);
	}

}
