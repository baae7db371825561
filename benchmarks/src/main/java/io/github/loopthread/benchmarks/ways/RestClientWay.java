package io.github.loopthread.benchmarks.ways;

import java.util.ArrayList;
import java.util.List;

import org.springframework.context.ApplicationContext;
import org.springframework.web.client.RestClient;

import io.github.loopthread.benchmarks.Item;
import io.github.loopthread.benchmarks.Target;

/**
 * Spring Boot's {@link RestClient}, one call after the other.
 */
class RestClientWay implements Way {

	private final RestClient client;

	private final String path;

	RestClientWay(ApplicationContext context, Target target) {
		this.client = context.getBean(RestClient.Builder.class).baseUrl(target.baseUrl()).build();
		this.path = target.path();
	}

	Item get(int call) {
		return this.client.get().uri(this.path + "{id}", Target.id(call)).retrieve().body(Item.class);
	}

	@Override
	public List<?> fetch(int calls) throws Exception {
		List<Item> items = new ArrayList<>(calls);
		for (int call = 0; call < calls; call++) {
			items.add(get(call));
		}
		return items;
	}

}
