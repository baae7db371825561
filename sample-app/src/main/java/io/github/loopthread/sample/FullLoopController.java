package io.github.loopthread.sample;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import reactor.core.publisher.Mono;

import org.springframework.core.task.TaskRejectedException;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

/**
 * Takes up the places of the loop, {@code loop.max-concurrent-tasks} of them, but for
 * three: enough for half of a page. What comes then is refused at once.
 */
@RestController
class FullLoopController {

	private static final int LEFT = 3;

	private static final Duration TIME = Duration.ofSeconds(10);

	private final LoopThread loopThread;

	private final LoopTemplate loop;

	// Guarded by this
	private final List<CompletableFuture<?>> places = new ArrayList<>();

	FullLoopController(LoopThread loopThread, LoopTemplate loop) {
		this.loopThread = loopThread;
		this.loop = loop.withName("takes a place");
	}

	@PutMapping("/loop/full")
	synchronized Full fill() {
		this.places.removeIf(CompletableFuture::isDone);
		int free = this.loopThread.getSettings().maxConcurrentTasks() - this.loopThread.activeTasks();
		Mono<Long> idle = Mono.delay(TIME, this.loopThread.scheduler());
		try {
			for (int i = LEFT; i < free; i++) {
				this.places.add(this.loop.submit(idle));
			}
		}
		catch (TaskRejectedException ex) {
			// Others came meanwhile: fewer are left, or none
		}
		return new Full(this.places.size(), LEFT, TIME.toMillis());
	}

	@DeleteMapping("/loop/full")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	synchronized void empty() {
		this.places.forEach((place) -> place.cancel(false));
		this.places.clear();
	}

	record Full(int taken, int left, long millis) {

	}

}
