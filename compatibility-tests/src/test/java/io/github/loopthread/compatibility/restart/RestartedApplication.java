package io.github.loopthread.compatibility.restart;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.Fork;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopTimeoutException;

/**
 * An application that is loaded anew for each of its lives, and does in each what
 * applications do: everything that could leave a trace of its classes.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
@RestController
public class RestartedApplication {

	// Its value is of a class of ours, which is what a thread must not keep
	private static final ThreadLocal<Name> NAME = new ThreadLocal<>();

	/**
	 * Live one life, with a server, an HTTP exchange, and each kind of task.
	 * @return what came of it
	 */
	public static String live(String... arguments) {
		NAME.set(new Name("restarted"));
		try (ConfigurableApplicationContext context = SpringApplication.run(RestartedApplication.class, arguments)) {
			LoopTemplate loop = context.getBean(LoopTemplate.class);
			Mono<Name> exchange = exchange(context);
			Name name = loop.execute(exchange);
			try (LoopScope scope = loop.withTimeout(Duration.ofMillis(200)).scope()) {
				Fork<Name> fork = scope.fork(exchange);
				Fork<Name> never = scope.fork(Mono.never());
				name = new Name(fork.orElse(name) + " " + never.orElse(new Name("late")));
			}
			try (Stream<Name> stream = loop.stream(Flux.range(0, 10).map((i) -> new Name("n" + i)))) {
				name = new Name(name + " " + stream.skip(9).toList().get(0));
			}
			loop.submit(exchange).join();
			try {
				loop.withTimeout(Duration.ofMillis(20)).execute(Mono.never());
			}
			catch (LoopTimeoutException ex) {
				name = new Name(name + " timeout");
			}
			return name.toString();
		}
	}

	private static Mono<Name> exchange(ConfigurableApplicationContext context) {
		int port = ((WebServerApplicationContext) context).getWebServer().getPort();
		return context.getBean(WebClient.class)
			.get()
			.uri("http://localhost:%d/names".formatted(port))
			.retrieve()
			.bodyToFlux(Name.class)
			.next()
			.map((name) -> new Name(name + " on " + Thread.currentThread().getName()));
	}

	@GetMapping("/names")
	List<Name> names() {
		return List.of(new Name("hello"));
	}

	@Bean
	LoopResource<Name> ownResource() {
		return LoopResource.of("own", (loop) -> Mono.just(new Name("resource")), (name) -> Mono.empty());
	}

	/**
	 * What is exchanged.
	 *
	 * @param value the name
	 */
	record Name(String value) {

		@Override
		public String toString() {
			return this.value;
		}

	}

}
