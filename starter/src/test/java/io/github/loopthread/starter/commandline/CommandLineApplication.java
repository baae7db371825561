package io.github.loopthread.starter.commandline;

import java.time.Duration;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;

/**
 * An application without a server, which {@link CommandLineTests} runs in a process of
 * its own.
 */
@SpringBootApplication
class CommandLineApplication implements CommandLineRunner {

	private static final Sinks.Empty<Void> ENDED = Sinks.empty();

	private final ApplicationContext context;

	private final LoopTemplate loop;

	private final WebClient client;

	CommandLineApplication(ApplicationContext context, LoopTemplate loop, WebClient client) {
		this.context = context;
		this.loop = loop;
		this.client = client;
	}

	@Override
	public void run(String... arguments) {
		System.out.println(this.context.getClass().getSimpleName());
		Mono<String> hello = this.client.get().uri("/hello").retrieve().bodyToMono(String.class);
		System.out.println(this.loop.execute(hello));
		// The process ends without anybody having waited for this one
		this.loop.submit(ENDED.asMono()
			.then(Mono.delay(Duration.ofMillis(500)))
			.then(hello)
			.doOnNext((value) -> System.out.println("and " + value + " on " + Thread.currentThread().getName())));
	}

	public static void main(String[] arguments) {
		SpringApplication.run(CommandLineApplication.class, arguments);
		System.out.println("main has ended");
		ENDED.tryEmitEmpty();
	}

}
