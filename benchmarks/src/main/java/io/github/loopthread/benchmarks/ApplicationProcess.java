package io.github.loopthread.benchmarks;

import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.benchmarks.ways.Way;
import io.github.loopthread.benchmarks.ways.WayType;

/**
 * The process of the Spring MVC application with one of the ways.
 */
final class ApplicationProcess {

	private ApplicationProcess() {
	}

	/** The role of a process: {@code application <way> <target as JSON> <calls>}. */
	static void play(String[] args) throws Exception {
		Target target = JsonMapper.shared().readValue(args[1], Target.class);
		try (ServletWebServerApplicationContext context = run(WayType.of(args[0]), target, Integer.parseInt(args[2]))) {
			Parent.tell(context.getWebServer().getPort());
			while (Parent.await(String.class).isPresent()) {
				FlightRecording.begin();
				Parent.tell(Usage.now());
			}
		}
		System.exit(0);
	}

	static ServletWebServerApplicationContext run(WayType type, Target target, int calls) {
		return BenchmarkApplication.run(type.setup(), target, "", (context) -> {
			GenericApplicationContext own = (GenericApplicationContext) context;
			own.registerBean(Way.class, () -> type.create(own, target));
			own.registerBean(PageController.class, () -> new PageController(own.getBean(Way.class), calls));
			own.registerBean(CallerValuesFilter.class, () -> new CallerValuesFilter(type.setup().hasContext()));
		});
	}

}
