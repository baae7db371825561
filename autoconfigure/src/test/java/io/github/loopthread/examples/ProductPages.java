package io.github.loopthread.examples;

import java.util.List;

/**
 * One task, to be done in several ways: ask three services at once, wait 300 ms for all
 * of them, keep what arrived, and say why the rest is missing.
 */
interface ProductPages {

	Page page(int id) throws Exception;

	record Product(String name) {

		static final Product UNKNOWN = new Product("unknown");

	}

	record Stock(int pieces) {

		static final Stock UNKNOWN = new Stock(0);

	}

	record Reviews(List<String> texts) {

		static final Reviews NONE = new Reviews(List.of());

	}

	/**
	 * A page.
	 *
	 * @param missing the name of each part that is missing, and why
	 */
	record Page(Product product, Stock stock, Reviews reviews, List<String> missing) {

	}

}
