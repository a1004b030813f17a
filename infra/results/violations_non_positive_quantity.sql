-- An item of which none or fewer were ordered.
-- result: data_quality_violations
-- rule: NON_POSITIVE_QUANTITY
-- key: item_id
-- maintain: violations
-- over: order_items
-- affected: order_items (item_id)

SELECT item_id, 'quantity is ' || quantity AS detail
FROM order_items
WHERE quantity <= 0
