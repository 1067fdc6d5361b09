-- grain: one row, whether after watermark $1 a contract was described, or for what a department keeps staff
SELECT EXISTS(SELECT 1 FROM contract WHERE batch_id > $1 AND batch_id <= {{.Watermark}})
       OR EXISTS(SELECT 1 FROM staffed_function WHERE batch_id > $1 AND batch_id <= {{.Watermark}}) AS agreed
